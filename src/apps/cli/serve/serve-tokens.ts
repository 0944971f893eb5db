/** The tokens that `imagen serve` accepts: those of the configuration, one in an environment variable, or one made at the start. */
import { createHash, randomBytes } from 'node:crypto';
import type { Environment, ServeTokenConfig } from '../../../config/index.ts';
import { AiImageError } from '../../../index.ts';
import type { TokenSettings } from '../../server/index.ts';

export interface TokenSources {
  /** Tokens of the configuration. */
  readonly configured: readonly ServeTokenConfig[];
  /** The variable that `--token-env` names. */
  readonly variable: string | undefined;
  /** The address that other machines can reach; `undefined`: only this machine can reach the server. */
  readonly publicHost: string | undefined;
}

export interface ServeTokens {
  readonly tokens: readonly TokenSettings[];
  /** A token that was made now. It ends with the process. */
  readonly made?: string;
}

/** The names of tokens that are not in the configuration. */
const VARIABLE_TOKEN = 'default';
const MADE_TOKEN = 'local';

/** @throws AiImageError `not_configured`: a variable is not set, a token is too weak, or other machines could reach a server whose token was made at the start */
export function readServeTokens({ configured, variable, publicHost }: TokenSources, env: Environment): ServeTokens {
  const own = requireDifferent(configured.map((token) => toSettings(token, env)));
  if (variable !== undefined) {
    if (own.some(({ name }) => name === VARIABLE_TOKEN)) {
      throw notConfigured(
        `serve.tokens has a token with the name ${VARIABLE_TOKEN}, which is the name of the token of --token-env`,
        'Rename it, or leave out --token-env.',
      );
    }
    const sha256 = hashOf(readToken(variable, env));
    return { tokens: requireDifferent([...own, { name: VARIABLE_TOKEN, sha256 }]) };
  }
  if (own.length > 0) return { tokens: own };
  if (publicHost !== undefined) {
    throw notConfigured(
      `--host ${publicHost} can be reached from other machines, and there is no token`,
      'Set one in a variable and name it: export IMAGEN_SERVE_TOKEN=$(openssl rand -hex 32), then --token-env IMAGEN_SERVE_TOKEN. For several tokens, use serve.tokens in the configuration.',
    );
  }
  const made = makeToken();
  return { tokens: [{ name: MADE_TOKEN, sha256: hashOf(made) }], made };
}

/** @throws AiImageError `not_configured`: the spending of two names could not be told apart */
function requireDifferent(tokens: readonly TokenSettings[]): readonly TokenSettings[] {
  const again = tokens.find(({ sha256 }, at) => tokens.findIndex((other) => other.sha256 === sha256) !== at);
  if (again === undefined) return tokens;
  const first = tokens.find(({ sha256 }) => sha256 === again.sha256);
  throw notConfigured(
    `the tokens ${first?.name} and ${again.name} are the same`,
    'Make one token for each name: imagen serve --new-token NAME.',
  );
}

function toSettings({ env: variable, sha256, ...token }: ServeTokenConfig, env: Environment): TokenSettings {
  // The configuration has either of them.
  return { ...token, sha256: sha256?.toLowerCase() ?? hashOf(readToken(variable ?? '', env)) };
}

/** @throws AiImageError `not_configured` */
function readToken(variable: string, env: Environment): string {
  const token = env[variable]?.trim() ?? '';
  if (token === '') {
    throw notConfigured(`the variable ${variable}, which holds a token, is not set or empty`, `Set ${variable}.`);
  }
  const fault = faultOf(token);
  if (fault === undefined) return token;
  throw notConfigured(
    `the token in ${variable} ${fault}`,
    `Make a new one: export ${variable}=$(openssl rand -hex 32)`,
  );
}

const MIN_TOKEN_BITS = 128;
/** A random token of 128 bits has more. */
const MIN_DIFFERENT = 8;

/** @returns what is wrong, as the end of a sentence */
export function faultOf(token: string): string | undefined {
  // RFC 6750, section 2.1.
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token))
    return 'has characters that a bearer token cannot have: use letters, digits and "-._~+/"';
  if (maxBitsOf(token) >= MIN_TOKEN_BITS && new Set(token).size >= MIN_DIFFERENT) return undefined;
  return 'is too easy to guess: it needs at least 128 random bits, for example 32 hex digits';
}

/** The random bits that a token of this length and alphabet can have: digits, hex digits, base 36 or base 64. */
function maxBitsOf(token: string): number {
  const alphabet = [/^\d*$/, /^(?:[\da-f]*|[\dA-F]*)$/, /^(?:[\da-z]*|[\dA-Z]*)$/].findIndex((each) =>
    each.test(token),
  );
  return token.length * Math.log2([10, 16, 36][alphabet] ?? 64);
}

/** 256 random bits, with a beginning by which scanners for secrets find it. */
export const makeToken = (): string => `imagen_${randomBytes(32).toString('base64url')}`;

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Whether only this machine can reach the address. A name that is not known counts as public. */
export function isLoopback(host: string): boolean {
  const address = /^\[(.*)\]$/.exec(host)?.[1] ?? host;
  return address === 'localhost' || address === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);
}

const notConfigured = (message: string, hint: string) =>
  new AiImageError('not_configured', message, { hint, charged: 'no' });
