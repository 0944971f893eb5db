/**
 * Google credentials: a service account key, a user's refresh token, a file with either, or the metadata server of the machine.
 * Sources: RFC 7523; google-auth-library 11.3.4; recorded exchanges of that library.
 */
import { readUserFile } from '#platform';
import { parseJsonText } from '../body/json.ts';
import type { AuthContext, AuthStrategy, TokenReply } from './auth-strategy.ts';
import { describeSkew, SKEW_MS, skewOf } from './clock-skew.ts';
import { signJwt } from './jwt.ts';
import { createSecretMemory } from './secret-memory.ts';
import { credentialError } from './supplier.ts';
import { createTokenCache, type FetchedToken } from './token-cache.ts';
import { fieldsOf, readTokenReply } from './token-reply.ts';

export interface GoogleSource {
  /** The content of a credentials file, as an object or as JSON text. */
  readonly credentials?: string | Readonly<Record<string, unknown>> | undefined;
  /** The path of a credentials file; a leading `~/` stands for the home folder. */
  readonly credentialsFile?: string | undefined;
  /** Replaces Google's token URL. The `token_uri` in a credentials file is ignored. */
  readonly tokenUrl?: string | undefined;
  /** Scheme and host of the metadata server. @default http://169.254.169.254 */
  readonly metadataUrl?: string | undefined;
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const METADATA_URL = 'http://169.254.169.254';
/** Where gcloud stores the application default credentials, on Unix and on Windows. */
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
      readonly kind: 'user';
      readonly form: Readonly<Record<string, string>>;
      readonly quotaProject: string | undefined;
    }
  | { readonly kind: 'metadata server' };

/** Creates the strategy. Without credentials: those of gcloud, otherwise those of the metadata server. */
export function googleAuth(source: GoogleSource): AuthStrategy {
  const { tokenUrl = TOKEN_URL, metadataUrl = METADATA_URL } = source;
  const memory = createSecretMemory();
  /** Signed assertions: each can be exchanged for tokens for an hour, so it is a secret too. */
  const signed = createSecretMemory();
  let key: Key | undefined;
  const cache = createTokenCache(async (context) => {
    key ??= await findKey(source);
    return fetchToken(key, context);
  });

  function fetchToken(key: Key, context: AuthContext): Promise<FetchedToken> {
    switch (key.kind) {
      case 'service account':
        return exchangeJwt(key, context);
      case 'user':
        return exchangeRefreshToken(key.form, context);
      case 'metadata server':
        return fetchFromMetadataServer(context);
      default:
        return key satisfies never;
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
      return context.requestToken({ method: 'POST', url: tokenUrl, form });
    };
    const reply = await ask(clock.wallNow());
    const skewMs = skewOf(reply, clock.wallNow());
    // If the local clock is wrong, signs once more with the server's time.
    return readToken(
      reply.status === 400 && Math.abs(skewMs) > SKEW_MS ? await ask(clock.wallNow() + skewMs) : reply,
      skewMs,
    );
  }

  async function exchangeRefreshToken(
    form: Readonly<Record<string, string>>,
    context: AuthContext,
  ): Promise<FetchedToken> {
    return readToken(
      await context.requestToken({ method: 'POST', url: tokenUrl, form: { ...form, grant_type: 'refresh_token' } }),
      0,
    );
  }

  async function fetchFromMetadataServer(context: AuthContext): Promise<FetchedToken> {
    const path = `/computeMetadata/v1/instance/service-accounts/default/token?scopes=${encodeURIComponent(SCOPE)}`;
    const headers = { 'metadata-flavor': 'Google' };
    const reply = await context
      .requestToken({ method: 'GET', url: metadataUrl + path, headers })
      .catch((cause: unknown) => {
        throw credentialError(
          'no Google credentials found: no credentials were given, gcloud has stored none on this machine, and there is no metadata server',
          cause,
        );
      });
    // Outside Google Cloud another server may listen at this address.
    if (reply.headers.get('metadata-flavor') !== 'Google')
      throw credentialError('the server at the metadata address is not a Google metadata server');
    return readToken(reply, 0);
  }

  function secrets(): readonly string[] {
    return [...memory.secrets(), ...signed.secrets(), ...secretsInKey(key)];
  }

  function readToken(reply: TokenReply, skewMs: number): FetchedToken {
    const hint = Math.abs(skewMs) > SKEW_MS ? describeSkew(skewMs) : undefined;
    const fetched = readTokenReply(reply, { secrets: secrets(), hint });
    memory.remember(fetched.token);
    return fetched;
  }

  return {
    async authorize(_request, context) {
      const token = await cache.get(context);
      const quotaProject = key?.kind === 'user' ? key.quotaProject : undefined;
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
    if (text === undefined) throw credentialError(`the credentials file ${credentialsFile} does not exist`);
    return readKey(text, `the file ${credentialsFile}`);
  }
  for (const path of WELL_KNOWN_FILES) {
    const text = await readUserFile(path).catch(() => undefined); // optional: a file that cannot be read counts as missing
    if (text !== undefined) return readKey(text, `the file ${path}`);
  }
  return { kind: 'metadata server' };
}

function readKey(given: string | Readonly<Record<string, unknown>>, name: string): Key {
  const fields = typeof given === 'string' ? fieldsOf(parse(given, name)) : given;
  const text = (field: string): string => {
    const value = fields[field];
    if (typeof value !== 'string' || value === '') throw credentialError(`${name} lacks ${field}`);
    return value;
  };
  switch (fields.type) {
    case 'service_account': {
      const { token_uri: own } = fields;
      // `token_uri` is ignored: a tampered file could otherwise send the signature to another server.
      if (own !== undefined && own !== TOKEN_URL && own !== 'https://accounts.google.com/o/oauth2/token') {
        throw credentialError(
          `${name} names a token server that is not Google’s; pass the address as tokenUrl if it is meant`,
        );
      }
      const keyId = typeof fields.private_key_id === 'string' ? fields.private_key_id : undefined;
      return { kind: 'service account', email: text('client_email'), privateKey: text('private_key'), keyId };
    }
    case 'authorized_user': {
      const quota = fields.quota_project_id;
      return {
        kind: 'user',
        form: {
          client_id: text('client_id'),
          client_secret: text('client_secret'),
          refresh_token: text('refresh_token'),
        },
        quotaProject: typeof quota === 'string' && /^[\w:.-]+$/.test(quota) ? quota : undefined,
      };
    }
    default:
      throw credentialError(
        `${name} is of type ${JSON.stringify(String(fields.type).slice(0, 40))}; only service_account and authorized_user are supported. For other types pass a function that returns tokens`,
      );
  }
}

function parse(text: string, name: string): unknown {
  try {
    return parseJsonText(text);
  } catch {
    throw credentialError(`${name} is not JSON`); // without a cause, which could quote the file
  }
}

function secretsInKey(key: Key | undefined): readonly string[] {
  switch (key?.kind) {
    case 'service account':
      return [key.privateKey, ...(key.keyId === undefined ? [] : [key.keyId])];
    case 'user':
      return [key.form.client_secret ?? '', key.form.refresh_token ?? ''];
    default:
      return [];
  }
}
