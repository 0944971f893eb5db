/** AWS Signature Version 4. Each attempt is signed again, because a signature is valid for five minutes. Source: aws4fetch 1.0.20. */
import { transportError } from '../errors.ts';
import type { AuthRefusal, AuthStrategy } from './auth-strategy.ts';
import { describeSkew, SKEW_MS, skewOf } from './clock-skew.ts';
import { createSecretMemory } from './secret-memory.ts';
import { callSupplier, credentialError } from './supplier.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface AwsSource {
  /** The service name to sign for. It can differ from the one in the host name. */
  readonly service: string;
  readonly region: string;
  /** The credentials, or a function that returns them; it is called before each signature. Use it for profiles, SSO and roles. */
  readonly credentials: AwsCredentials | (() => AwsCredentials | Promise<AwsCredentials>);
}

const SIGNED_HEADERS = ['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'];

export function awsAuth({ service, region, credentials }: AwsSource): AuthStrategy {
  const memory = createSecretMemory();
  const fixedSecrets =
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
        ...(body !== undefined && { body: body as Uint8Array<ArrayBuffer> }), // encoded by this module, so never in shared memory
        accessKeyId,
        secretAccessKey,
        ...(sessionToken !== undefined && { sessionToken }),
        service,
        region,
        datetime,
      });
      const { headers: signed } = await signer.sign();
      const signedHeaders = SIGNED_HEADERS.flatMap((name) => {
        const value = signed.get(name);
        return value === null ? [] : [[name, value]];
      });
      return { headers: Object.fromEntries(signedHeaders) };
    },
    secrets: () => [...fixedSecrets, ...memory.secrets()],
    renew(refusal) {
      if (!isStale(refusal)) return false;
      const serverSkewMs = skewOf(refusal, refusal.clock.wallNow());
      const isChanged = Math.abs(serverSkewMs - skewMs) > SKEW_MS;
      if (isChanged) skewMs = serverSkewMs;
      return isChanged;
    },
    hint: (refusal) => {
      const serverSkewMs = skewOf(refusal, refusal.clock.wallNow());
      return isStale(refusal) && Math.abs(serverSkewMs) > SKEW_MS ? describeSkew(serverSkewMs) : undefined;
    },
  };
}

/** Whether the refusal is of a kind that a wrong clock can cause. */
function isStale({ headers }: AuthRefusal): boolean {
  const [kind = ''] = (headers.get('x-amzn-errortype') ?? '').split(/[:#]/);
  return /Signature|RequestTimeTooSkewed|RequestExpired/.test(kind);
}

async function read(credentials: AwsSource['credentials']): Promise<AwsCredentials> {
  const fixedSecrets =
    typeof credentials === 'function' ? await callSupplier(credentials, 'the credentials function') : credentials;
  if (typeof fixedSecrets?.accessKeyId === 'string' && typeof fixedSecrets.secretAccessKey === 'string')
    return fixedSecrets;
  throw credentialError('the credentials function must return accessKeyId and secretAccessKey');
}

/** Loads the code that signs, which is a chunk of its own: few vendors need it. */
async function loadSigner() {
  try {
    return await import('aws4fetch');
  } catch (cause) {
    throw transportError('the code that signs AWS requests could not be loaded. Nothing was sent', {
      fault: 'internal',
      step: 'token',
      isFinal: true,
      cause,
    });
  }
}
