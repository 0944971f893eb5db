/**
 * Google's ways to a token: a service account's key, a person's refresh token, a file with either of them, or the metadata server of the machine.
 * Sources: RFC 7523; google-auth-library 11.3.4; recorded exchanges of that library.
 */
import { readUserFile } from '#platform';
import { parseJsonText } from '../body/json.ts';
import { signJwt } from './jwt.ts';
import { createMemory, unsupplied } from './keys.ts';
import { describeSkew, SKEW_MS, skewOf } from './skew.ts';
import type { AuthContext, AuthStrategy, TokenReply } from './strategy.ts';
import { fieldsOf, readTokenReply } from './token-reply.ts';
import { createTokenCache, type FetchedToken } from './tokens.ts';

export interface GoogleSource {
  /** The content of a key file, as an object or as JSON. */
  readonly credentials?: string | Readonly<Record<string, unknown>> | undefined;
  /** Its path; `~/` is the home folder. */
  readonly credentialsFile?: string | undefined;
  /** Instead of Google's own. A key file's own word for it is never followed. */
  readonly tokenUrl?: string | undefined;
  /** Scheme and host of the metadata server. @default http://169.254.169.254 */
  readonly metadataUrl?: string | undefined;
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const METADATA_URL = 'http://169.254.169.254';
/** Where the gcloud command puts a person's credentials, on Unix and on Windows. */
const WELL_KNOWN_FILES = [
  '~/.config/gcloud/application_default_credentials.json',
  '~/AppData/Roaming/gcloud/application_default_credentials.json',
] as const;
const JWT_SECONDS = 3600;

type Key =
  | {
      readonly kind: 'service account';
      readonly email: string;
      readonly privateKey: string;
      readonly keyId: string | undefined;
    }
  | {
      readonly kind: 'person';
      readonly form: Readonly<Record<string, string>>;
      readonly quotaProject: string | undefined;
    }
  | { readonly kind: 'machine' };

/** Without a source: the credentials of the gcloud command, else the machine's own. */
export function googleAuth(source: GoogleSource): AuthStrategy {
  const { tokenUrl = TOKEN_URL, metadataUrl = METADATA_URL } = source;
  const memory = createMemory();
  /** What was signed to ask for a token: it is as good as one for an hour. */
  const signed = createMemory();
  let key: Key | undefined;
  const cache = createTokenCache(async (context) => {
    key ??= await findKey(source);
    return fetchToken(key, context);
  });

  function fetchToken(found: Key, context: AuthContext): Promise<FetchedToken> {
    switch (found.kind) {
      case 'service account':
        return exchangeJwt(found, context);
      case 'person':
        return refresh(found.form, context);
      case 'machine':
        return askMachine(context);
      default:
        return found satisfies never;
    }
  }

  async function exchangeJwt(
    account: Extract<Key, { kind: 'service account' }>,
    context: AuthContext,
  ): Promise<FetchedToken> {
    const { clock } = context;
    const ask = async (now: number) => {
      const iat = Math.floor(now / 1000);
      const claims = { iss: account.email, scope: SCOPE, aud: tokenUrl, iat, exp: iat + JWT_SECONDS };
      const assertion = await signJwt(account.privateKey, { keyId: account.keyId, claims });
      signed.remember(assertion);
      const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
      return context.ask({ method: 'POST', url: tokenUrl, form });
    };
    const reply = await ask(clock.wallNow());
    const skewMs = skewOf(reply, clock.wallNow());
    // Signed anew by the server's clock, once.
    return readToken(
      reply.status === 400 && Math.abs(skewMs) > SKEW_MS ? await ask(clock.wallNow() + skewMs) : reply,
      skewMs,
    );
  }

  async function refresh(form: Readonly<Record<string, string>>, context: AuthContext): Promise<FetchedToken> {
    return readToken(
      await context.ask({ method: 'POST', url: tokenUrl, form: { ...form, grant_type: 'refresh_token' } }),
      0,
    );
  }

  async function askMachine(context: AuthContext): Promise<FetchedToken> {
    const path = `/computeMetadata/v1/instance/service-accounts/default/token?scopes=${encodeURIComponent(SCOPE)}`;
    const headers = { 'metadata-flavor': 'Google' };
    const reply = await context.ask({ method: 'GET', url: metadataUrl + path, headers }).catch((cause: unknown) => {
      throw unsupplied(
        'no credentials were given, none of the gcloud command were found, and this machine has none of its own',
        cause,
      );
    });
    // Whoever else answers at that address must not be believed.
    if (reply.headers.get('metadata-flavor') !== 'Google')
      throw unsupplied('what answers as the metadata server is none');
    return readToken(reply, 0);
  }

  function secrets(): readonly string[] {
    return [...memory.secrets(), ...signed.secrets(), ...secretsOf(key)];
  }

  function readToken(reply: TokenReply, skewMs: number): FetchedToken {
    const remark = Math.abs(skewMs) > SKEW_MS ? describeSkew(skewMs) : undefined;
    const fetched = readTokenReply(reply, { secrets: secrets(), remark });
    memory.remember(fetched.token);
    return fetched;
  }

  return {
    async authorize(_request, context) {
      const token = await cache.get(context);
      const quotaProject = key?.kind === 'person' ? key.quotaProject : undefined;
      return {
        headers: {
          authorization: `Bearer ${token}`,
          ...(quotaProject !== undefined && { 'x-goog-user-project': quotaProject }),
        },
      };
    },
    secrets,
    renew({ status }) {
      if (status !== 401) return false;
      cache.drop();
      return true;
    },
  };
}

async function findKey({ credentials, credentialsFile }: GoogleSource): Promise<Key> {
  if (credentials !== undefined) return readKey(credentials, 'the credentials');
  if (credentialsFile !== undefined) {
    const text = await readUserFile(credentialsFile);
    if (text === undefined) throw unsupplied(`there is no file ${credentialsFile}`);
    return readKey(text, `the file ${credentialsFile}`);
  }
  for (const path of WELL_KNOWN_FILES) {
    const text = await readUserFile(path).catch(() => undefined); // a place to look at; what cannot be read is not there
    if (text !== undefined) return readKey(text, `the file ${path}`);
  }
  return { kind: 'machine' };
}

function readKey(given: string | Readonly<Record<string, unknown>>, name: string): Key {
  const fields = typeof given === 'string' ? fieldsOf(parse(given, name)) : given;
  const text = (field: string): string => {
    const value = fields[field];
    if (typeof value !== 'string' || value === '') throw unsupplied(`${name} lacks ${field}`);
    return value;
  };
  switch (fields.type) {
    case 'service_account': {
      const { token_uri: own } = fields;
      // Whoever can put a file in place could name a server to be told the signature.
      if (own !== undefined && own !== TOKEN_URL && own !== 'https://accounts.google.com/o/oauth2/token') {
        throw unsupplied(
          `${name} names a token server that is not Google’s; pass the address as tokenUrl if it is meant`,
        );
      }
      const keyId = typeof fields.private_key_id === 'string' ? fields.private_key_id : undefined;
      return { kind: 'service account', email: text('client_email'), privateKey: text('private_key'), keyId };
    }
    case 'authorized_user': {
      const quota = fields.quota_project_id;
      return {
        kind: 'person',
        form: {
          client_id: text('client_id'),
          client_secret: text('client_secret'),
          refresh_token: text('refresh_token'),
        },
        quotaProject: typeof quota === 'string' && /^[\w:.-]+$/.test(quota) ? quota : undefined,
      };
    }
    default:
      throw unsupplied(
        `${name} is of type ${JSON.stringify(String(fields.type).slice(0, 40))}; only service_account and authorized_user are read here: pass a function that gives tokens`,
      );
  }
}

function parse(text: string, name: string): unknown {
  try {
    return parseJsonText(text);
  } catch {
    throw unsupplied(`${name} is no JSON`); // the reader's own words could quote it
  }
}

function secretsOf(key: Key | undefined): readonly string[] {
  switch (key?.kind) {
    case 'service account':
      return [key.privateKey, ...(key.keyId === undefined ? [] : [key.keyId])];
    case 'person':
      return [key.form.client_secret ?? '', key.form.refresh_token ?? ''];
    default:
      return [];
  }
}
