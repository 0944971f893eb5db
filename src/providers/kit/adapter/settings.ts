/** The settings that all providers share. Checked without a schema, so that creating a provider does not load zod. */
import type { Hooks, Transport, TransportLimits } from '../../../transport/index.ts';
import { AiImageError } from '../../protocol/errors.ts';
import {
  type FieldFault,
  type FieldKinds,
  findFieldFault,
  findInherited,
  inheritedFault,
  isFieldObject,
  wholeFault,
} from '../../protocol/input/check-fields.ts';
import { quoteName } from '../../protocol/input/hide-keys.ts';
import { misplacedKeyHint } from '../../protocol/input/misplaced-key.ts';
import { findUnknownKey, unknownKeyHint } from '../../protocol/input/unknown-key.ts';
import type { ProviderAbout } from './about.ts';
import { apiUrlFault } from './api-url-fault.ts';
import { appendHint, compatibleServerHint } from './compatible-servers.ts';

export interface ImageLimits {
  /** Maximum size of one image in bytes. @default 67108864 (64 MiB) */
  readonly maxImageBytes: number;
  /** Maximum number of pixels of one image. @default 100000000 */
  readonly maxImagePixels: number;
}

export interface CommonSettings {
  /** The vendor's key. @default none; `getProvider` reads it from the environment */
  readonly apiKey?: string | undefined;
  /** Base URL of the vendor's API. @default the vendor's own URL */
  readonly baseUrl?: string | undefined;
  /** Sent with every API request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Replaces `fetch`, e.g. for a proxy. @default the platform's `fetch` */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Time limit of a whole call in milliseconds. @default 600000 */
  readonly deadlineMs?: number | undefined;
  /** Time limit of one HTTP request in milliseconds. @default 300000 */
  readonly attemptTimeoutMs?: number | undefined;
  /** Limits on sizes, retries, polls and speed. Each has its own default. */
  readonly limits?: Partial<TransportLimits & ImageLimits> | undefined;
  /** For logs and traces; see `Hooks`. */
  readonly hooks?: Hooks | undefined;
  /** Replaces the transport that is otherwise created from the settings above. */
  readonly transport?: Transport | undefined;
}

/** The keys of `CommonSettings`, for checking. A test compares this list with the type. */
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

/** The limits and the kind of their values; the type ensures that none is missing. */
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
const COMMON_KINDS: FieldKinds<CommonSettings> = {
  apiKey: 'text',
  baseUrl: 'text',
  headers: 'object',
  fetch: 'function',
  deadlineMs: 'any',
  attemptTimeoutMs: 'any',
  limits: 'object',
  hooks: 'object',
  transport: ['generateImageBytes', 'redact'],
};
const HOOKS: FieldKinds<Hooks> = { onAttempt: 'function', onReply: 'function', onRetry: 'function' };
const HINTS = {
  apiKey: 'Pass the vendor’s key, or leave apiKey out.',
  baseUrl: 'Pass it as a text, for example url.href.',
  fetch: 'Leave it out to use the fetch of the platform.',
  headers:
    "Pass a plain object, for example { 'x-team': 'design' }. The entries of Headers or a Map are not its fields.",
};

/** Headers and limits are copied. Hooks are called in place, so that an object of a class is fine. */
function nestedFault({ headers = {}, limits = {}, hooks = {} }: CommonSettings): FieldFault | undefined {
  const inherited = Object.entries({ headers, limits }).flatMap(([name, value]) => {
    const found = findInherited(value, []);
    return found === undefined ? [] : [inheritedFault(`setting ${name}.${quoteName(found)}`, 'the settings')];
  });
  const options = { whole: 'the hooks', field: 'setting', path: 'hooks.', mayInherit: true } as const;
  return inherited[0] ?? findFieldFault(hooks, HOOKS, options);
}

/** Headers that the transport or the platform sets: another value would break the request or fake its sender. */
const RESERVED_HEADERS = [
  ...['authorization', 'proxy-authorization', 'proxy-authenticate', 'cookie', 'cookie2', 'set-cookie'],
  ...['host', 'content-length', 'transfer-encoding', 'te', 'trailer', 'expect', 'content-encoding'],
  ...['connection', 'proxy-connection', 'keep-alive', 'upgrade'],
];
/** Limits that may be 0. */
const MAY_BE_ZERO = ['maxRetries', 'maxRedirects', 'retryQuota'];

interface CheckOptions {
  /** The names of the vendor's own settings. @default those of `about` */
  readonly ownNames?: readonly string[] | undefined;
  /** Where a missing key would have come from, for the hint. @default 'settings' */
  readonly source?: SettingsSource;
}

/** `environment`: the settings may also come from the environment, as those of `getProvider`. */
export type SettingsSource = 'settings' | 'environment';

/**
 * Checks the names of all settings and the values of the common ones, and copies them.
 * @throws AiImageError `not_configured`; the message never shows a value that could be a secret
 */
export function checkSettings<T extends CommonSettings>(
  about: ProviderAbout,
  settings: T,
  { ownNames = about.settings ?? [], source = 'settings' }: CheckOptions = {},
): T {
  const createError = (what: string, hint: string) =>
    new AiImageError('not_configured', `${about.id}: ${what}`, { provider: about.id, hint });
  if (!isFieldObject(settings)) {
    const { what, hint } = wholeFault(settings, 'the settings');
    throw createError(what, hint);
  }
  const unknown = findUnknownKey(settings, [...COMMON_SETTINGS, ...ownNames]);
  if (unknown !== undefined)
    throw createError(`unknown setting ${quoteName(unknown, 40)}`, unknownSettingHint(unknown, ownNames));
  const ownKinds = Object.fromEntries(ownNames.map((name) => [name, 'any'] as const));
  const fault =
    findFieldFault(
      settings,
      { ...COMMON_KINDS, ...ownKinds },
      { whole: 'the settings', field: 'setting', hints: HINTS },
    ) ?? nestedFault(settings);
  if (fault !== undefined) throw createError(fault.what, fault.hint);
  const apiKey = settings.apiKey === undefined ? {} : { apiKey: checkKey(settings.apiKey, createError) };
  const copy = { ...settings, ...apiKey, headers: { ...settings.headers }, limits: { ...settings.limits } };
  const { auth } = about;
  if (auth.kind !== 'none' && settings.apiKey === undefined && settings.transport === undefined) {
    const alternatives = auth.kind === 'own' ? auth.alternatives : [];
    if (!alternatives.some((name) => (settings as Readonly<Record<string, unknown>>)[name] !== undefined)) {
      const ways = ['apiKey', ...alternatives].join(' or ');
      const hint =
        source === 'environment'
          ? `Set ${auth.env[0]}, or pass ${ways}: getProvider('${about.id}', { apiKey }).`
          : `Pass it as ${ways}, or set ${auth.env[0]} and use getProvider('${about.id}').`;
      const serverHint = compatibleServerHint(about, settings.baseUrl);
      throw createError('no key is set', serverHint === undefined ? hint : appendHint(hint, serverHint));
    }
  }
  if (settings.baseUrl !== undefined) checkBaseUrl(settings.baseUrl, createError);
  for (const name of ['deadlineMs', 'attemptTimeoutMs'] as const) {
    const value = settings[name];
    if (value !== undefined && !(typeof value === 'number' && value > 0)) {
      throw createError(`setting ${name} must be a number of milliseconds above 0`, `Pass for example ${name}: 60000.`);
    }
  }
  for (const [name, value] of Object.entries(copy.headers)) {
    if (RESERVED_HEADERS.includes(name.toLowerCase())) {
      throw createError(
        `header ${JSON.stringify(name)} cannot be set`,
        /auth|cookie/i.test(name)
          ? 'Pass credentials as apiKey, or as another credential setting of this provider.'
          : 'Leave it out: it is set automatically for each request.',
      );
    }
    if (typeof value !== 'string' || !isHeaderSafe(value) || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      throw createError(
        `header ${quoteName(name, 40)} is not a valid header`,
        'A name is a token without spaces; a value is one line of printable ASCII.',
      );
    }
  }
  checkLimits(copy.limits, createError);
  return copy;
}

function unknownSettingHint(name: string, ownNames: readonly string[]): string {
  if (Object.hasOwn(LIMITS, name)) return `Pass it in limits: { ${name} }.`;
  const known = [...COMMON_SETTINGS, ...ownNames];
  return misplacedKeyHint(name, known) ?? unknownKeyHint(name, known, 'settings');
}

type CreateError = (what: string, hint: string) => AiImageError;

function checkKey(apiKey: string, createError: CreateError): string {
  const key = typeof apiKey === 'string' ? apiKey.trim() : '';
  if (key === '') throw createError('setting apiKey is empty', 'Pass the vendor’s key, or leave apiKey out.');
  if (!isHeaderSafe(key) || /\s/.test(key)) {
    throw createError(
      'setting apiKey contains characters that are not allowed in a key',
      'Copy the key again: it is a single word of ASCII characters.',
    );
  }
  return key;
}

function checkLimits(limits: object, createError: CreateError): void {
  for (const [name, value] of Object.entries(limits)) {
    const kind = Object.hasOwn(LIMITS, name) ? LIMITS[name as keyof typeof LIMITS] : undefined;
    if (kind === undefined) {
      const known = Object.keys(LIMITS);
      throw createError(`unknown limit ${quoteName(name, 40)}`, unknownKeyHint(name, known, 'limits'));
    }
    if (value === undefined) continue;
    if (kind === 'hosts') {
      if (Array.isArray(value) && value.every((host) => typeof host === 'string' && host !== '')) continue;
      throw createError(`limit ${name} must be a list of host names`, "Pass for example ['cdn.example.com'].");
    }
    const isZero = value === 0 && MAY_BE_ZERO.includes(name);
    if (typeof value !== 'number' || !(value > 0 || isZero)) {
      const range = MAY_BE_ZERO.includes(name) ? '0 or more' : 'above 0';
      throw createError(`limit ${name} must be a number, ${range}`, 'Leave it out to use the default.');
    }
  }
}

function checkBaseUrl(baseUrl: string, createError: CreateError): void {
  const fault = apiUrlFault(baseUrl);
  if (fault) throw createError(`setting baseUrl ${fault.what}`, fault.hint);
}

/** Checks for printable ASCII, which every HTTP client sends unchanged. */
function isHeaderSafe(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value);
}
