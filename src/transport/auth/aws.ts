/** AWS Signature Version 4, each attempt signed anew: a signature is good for five minutes. Source: aws4fetch 1.0.20. */
import { transportError } from '../errors.ts';
import { createMemory, supplied, unsupplied } from './keys.ts';
import { describeSkew, SKEW_MS, skewOf } from './skew.ts';
import type { AuthRefusal, AuthStrategy } from './strategy.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface AwsSource {
  /** The name that is signed; a host name can suggest another one. */
  readonly service: string;
  readonly region: string;
  /** Or a function that gives them, asked before each signature: for profiles, SSO and roles. */
  readonly credentials: AwsCredentials | (() => AwsCredentials | Promise<AwsCredentials>);
}

const SIGNED_HEADERS = ['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'];

export function awsAuth({ service, region, credentials }: AwsSource): AuthStrategy {
  const memory = createMemory();
  const given =
    typeof credentials === 'function' ? [] : Object.values(credentials).filter((each) => each !== undefined);
  let skewMs = 0;
  return {
    async authorize({ method, url, headers, body }, { clock }) {
      const { AwsV4Signer } = await loadSigner();
      const { accessKeyId, secretAccessKey, sessionToken } = await read(credentials);
      memory.remember(accessKeyId, secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken]));
      const datetime = new Date(clock.wallNow() + skewMs).toISOString().replace(/[:-]|\.\d{3}/g, '');
      const signer = new AwsV4Signer({
        method,
        url: url.href,
        headers: { ...headers },
        ...(body !== undefined && { body: body as Uint8Array<ArrayBuffer> }), // ours, never in shared memory
        accessKeyId,
        secretAccessKey,
        ...(sessionToken !== undefined && { sessionToken }),
        service,
        region,
        datetime,
      });
      const { headers: signed } = await signer.sign();
      const own = SIGNED_HEADERS.flatMap((name) => {
        const value = signed.get(name);
        return value === null ? [] : [[name, value]];
      });
      return { headers: Object.fromEntries(own) };
    },
    secrets: () => [...given, ...memory.secrets()],
    renew(refusal) {
      if (!isStale(refusal)) return false;
      const found = skewOf(refusal, refusal.clock.wallNow());
      const isNews = Math.abs(found - skewMs) > SKEW_MS;
      if (isNews) skewMs = found;
      return isNews;
    },
    remark: (refusal) => {
      const found = skewOf(refusal, refusal.clock.wallNow());
      return isStale(refusal) && Math.abs(found) > SKEW_MS ? describeSkew(found) : undefined;
    },
  };
}

/** Kinds of refusal that a wrong clock can cause. */
function isStale({ headers }: AuthRefusal): boolean {
  const [kind = ''] = (headers.get('x-amzn-errortype') ?? '').split(/[:#]/);
  return /Signature|RequestTimeTooSkewed|RequestExpired/.test(kind);
}

async function read(credentials: AwsSource['credentials']): Promise<AwsCredentials> {
  const given =
    typeof credentials === 'function'
      ? await supplied(credentials, 'the function that gives credentials')
      : credentials;
  if (typeof given?.accessKeyId === 'string' && typeof given.secretAccessKey === 'string') return given;
  throw unsupplied('the function that gives credentials gave none: it must give accessKeyId and secretAccessKey');
}

/** Only who signs needs it, so it is not among the dependencies. */
async function loadSigner() {
  try {
    return await import('aws4fetch');
  } catch (cause) {
    throw transportError('signing requests needs the package aws4fetch: npm install aws4fetch', {
      fault: 'authentication',
      step: 'token',
      isFinal: true,
      cause,
    });
  }
}
