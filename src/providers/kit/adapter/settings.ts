/** The settings every provider takes. Checked by hand, so that making a provider loads no schema library. */
import type { Hooks, Transport, TransportLimits } from '../../../transport/index.ts';
import { AiImageError } from '../../protocol/errors.ts';
import { suggest } from '../suggest.ts';
import type { ProviderAbout } from './about.ts';
import { adviceFor, withAdvice } from './other-servers.ts';

export interface ImageLimits {
  /** Bytes of one picture. @default 67108864 (64 MiB) */
  readonly maxImageBytes: number;
  /** Pixels of one picture. @default 100000000 */
  readonly maxImagePixels: number;
}

export interface CommonSettings {
  /** The vendor's key. @default none; `getProvider` reads it from the environment */
  readonly apiKey?: string | undefined;
  /** Where the vendor's API is. @default the vendor's own address */
  readonly baseUrl?: string | undefined;
  /** Sent with every API request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** @default the platform's */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** The whole call's limit in milliseconds. @default 600000 */
  readonly deadlineMs?: number | undefined;
  /** One request's limit in milliseconds. @default 300000 */
  readonly attemptTimeoutMs?: number | undefined;
  readonly limits?: Partial<TransportLimits & ImageLimits> | undefined;
  /** For logs and traces; see `Hooks`. */
  readonly hooks?: Hooks | undefined;
  /** Instead of one made from the settings above. */
  readonly transport?: Transport | undefined;
}

/** The names above, for checking. A test holds this list against the type. */
export const COMMON_SETTINGS = [
  'apiKey',
  'baseUrl',
  'headers',
  'fetch',
  'deadlineMs',
  'attemptTimeoutMs',
  'limits',
  'hooks',
  'transport',
] as const satisfies readonly (keyof CommonSettings)[];

/** The names of the limits; the type makes sure that none is missing. */
const LIMITS: Readonly<Record<keyof (TransportLimits & ImageLimits), 'number' | 'hosts'>> = {
  maxReplyBytes: 'number',
  maxResultBytes: 'number',
  maxResults: 'number',
  maxRedirects: 'number',
  maxPolls: 'number',
  minPollIntervalMs: 'number',
  pollsPerSecond: 'number',
  requestsPerMinute: 'number',
  maxConcurrent: 'number',
  maxRetries: 'number',
  retryQuota: 'number',
  maxQueueMs: 'number',
  downloadHosts: 'hosts',
  maxImageBytes: 'number',
  maxImagePixels: 'number',
};
/** Written for each request by the transport or by the platform: another value would break the request or show another sender. */
const OWN_HEADERS = [
  ...['authorization', 'proxy-authorization', 'proxy-authenticate', 'cookie', 'cookie2', 'set-cookie'],
  ...['host', 'content-length', 'transfer-encoding', 'te', 'trailer', 'expect', 'content-encoding'],
  ...['connection', 'proxy-connection', 'keep-alive', 'upgrade'],
];
/** Of these, none at all is a sensible number. */
const MAY_BE_ZERO = ['maxRetries', 'maxRedirects', 'retryQuota'];

/**
 * Checks the common settings and copies them.
 * @throws AiImageError `not_configured`; the message never shows a value that could be a secret
 */
export function checkSettings<T extends CommonSettings>(about: ProviderAbout, settings: T): T {
  const wrong = (what: string, hint: string) =>
    new AiImageError('not_configured', `${about.id}: ${what}`, { provider: about.id, hint });
  const apiKey = settings.apiKey === undefined ? {} : { apiKey: checkKey(settings.apiKey, wrong) };
  const copy = { ...settings, ...apiKey, headers: { ...settings.headers }, limits: { ...settings.limits } };
  const { auth } = about;
  if (auth.kind !== 'none' && settings.apiKey === undefined && settings.transport === undefined) {
    const instead = auth.kind === 'own' ? auth.instead : [];
    if (!instead.some((name) => (settings as Readonly<Record<string, unknown>>)[name] !== undefined)) {
      const ways = ['apiKey', ...instead].join(' or ');
      const hint = `Pass it as ${ways}, or set ${auth.env[0]} and use getProvider('${about.id}').`;
      const advice = adviceFor(about, settings.baseUrl);
      throw wrong('no key is set', advice === undefined ? hint : withAdvice(hint, advice));
    }
  }
  if (settings.baseUrl !== undefined) checkBaseUrl(settings.baseUrl, wrong);
  for (const name of ['deadlineMs', 'attemptTimeoutMs'] as const) {
    const value = settings[name];
    if (value !== undefined && !(typeof value === 'number' && value > 0)) {
      throw wrong(`setting ${name} must be a number of milliseconds above 0`, `Pass for example ${name}: 60000.`);
    }
  }
  if (settings.fetch !== undefined && typeof settings.fetch !== 'function') {
    throw wrong('setting fetch must be a function', 'Leave it out to use the platform’s.');
  }
  for (const [name, value] of Object.entries(copy.headers)) {
    if (OWN_HEADERS.includes(name.toLowerCase())) {
      throw wrong(
        `header ${JSON.stringify(name)} cannot be set`,
        /auth|cookie/i.test(name)
          ? 'Pass credentials as apiKey, or as the setting of this provider that is meant for them.'
          : 'Leave it out: it is written for each request by itself.',
      );
    }
    if (typeof value !== 'string' || !isHeaderSafe(value) || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      throw wrong(
        `header ${JSON.stringify(name.slice(0, 40))} is not a valid header`,
        'Names are tokens, values printable text of one line.',
      );
    }
  }
  checkLimits(copy.limits, wrong);
  return copy;
}

/** For settings no schema of the provider's knows. */
export function unknownSetting(about: ProviderAbout, name: string, known: readonly string[]): AiImageError {
  return new AiImageError('not_configured', `${about.id}: there is no setting ${JSON.stringify(name.slice(0, 40))}`, {
    provider: about.id,
    hint: suggest(name, known) ?? `Settings are ${known.join(', ')}.`,
  });
}

type Wrong = (what: string, hint: string) => AiImageError;

function checkKey(apiKey: string, wrong: Wrong): string {
  const key = typeof apiKey === 'string' ? apiKey.trim() : '';
  if (key === '') throw wrong('setting apiKey is empty', 'Pass the vendor’s key, or leave apiKey out.');
  if (!isHeaderSafe(key) || /\s/.test(key)) {
    throw wrong(
      'setting apiKey holds characters no key has',
      'Copy the key again: it is one word of plain letters, digits and signs.',
    );
  }
  return key;
}

function checkLimits(limits: object, wrong: Wrong): void {
  for (const [name, value] of Object.entries(limits)) {
    const kind = Object.hasOwn(LIMITS, name) ? LIMITS[name as keyof typeof LIMITS] : undefined;
    if (kind === undefined) {
      const known = Object.keys(LIMITS);
      throw wrong(
        `there is no limit ${JSON.stringify(name.slice(0, 40))}`,
        suggest(name, known) ?? `Limits are ${known.join(', ')}.`,
      );
    }
    if (value === undefined) continue;
    if (kind === 'hosts') {
      if (Array.isArray(value) && value.every((host) => typeof host === 'string' && host !== '')) continue;
      throw wrong(`limit ${name} must be a list of host names`, "Pass for example ['cdn.example.com'].");
    }
    const isZero = value === 0 && MAY_BE_ZERO.includes(name);
    if (typeof value !== 'number' || !(value > 0 || isZero)) {
      throw wrong(`limit ${name} must be a number above 0`, 'Leave it out to use the default.');
    }
  }
}

function checkBaseUrl(baseUrl: string, wrong: Wrong): void {
  const fault = apiUrlFault(baseUrl);
  if (fault) throw wrong(`setting baseUrl ${fault.what}`, fault.hint);
}

/** Why a key must not be sent to an address. @param text what the caller gave, whatever it is */
export function apiUrlFault(given: unknown): { readonly what: string; readonly hint: string } | undefined {
  const text = String(given);
  // The URL parser drops or replaces these, and then another address is asked than the one that was read.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\s\\\u0000-\u001f\u007f-\u009f]/.test(text)) {
    return { what: 'holds white space, control characters or backslashes', hint: 'Copy the address again.' };
  }
  const url = parseUrl(text);
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return { what: 'is no http or https URL', hint: 'Pass for example https://api.example.com/v1.' };
  }
  if (url.username !== '' || url.password !== '') {
    return {
      what: `(${url.host}) holds a user name or password`,
      hint: 'Pass credentials as apiKey or headers.',
    };
  }
  if (/[?#]/.test(text)) {
    return {
      what: `(${url.host}) holds "?" or "#", behind which no path can follow`,
      hint: 'Pass scheme, host and path only. A vendor’s query goes along with each request by itself.',
    };
  }
  if (url.protocol === 'http:' && !isNearby(url.hostname)) {
    return {
      what: `(${url.host}) is not https`,
      hint: 'Keys and prompts are sent in clear only to this machine or a private network.',
    };
  }
  return undefined;
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined; // the caller says what is wrong with it
  }
}

/** This machine, a private network, or a name without a dot as in a container network. */
function isNearby(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    // Whole addresses only: 10.example.com is a name that anyone can register below example.com.
    (/^\d+\.\d+\.\d+\.\d+$/.test(hostname) &&
      /^(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254)\./.test(hostname)) ||
    /^\[(?:::1|f[cd][0-9a-f]{2}:[0-9a-f:]*|fe[89ab][0-9a-f]:[0-9a-f:]*)\]$/.test(hostname) ||
    /\.(?:local|internal|lan|home\.arpa)$/.test(hostname) ||
    !/[.:]/.test(hostname)
  );
}

/** Visible ASCII and blanks: what every HTTP client sends without changing it. */
function isHeaderSafe(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value);
}
