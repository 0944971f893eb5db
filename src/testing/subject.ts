/** The provider under test, and a safe way to call it. */
import { AiImageError, type AiImageProvider, type MediaProvider } from '../providers/protocol/index.ts';
import type { Conversation } from './conversation.ts';

/** The argument of `create`: these two fields, and the `settings` of the conversation. */
export interface ContractSettings {
  /** A test key with characters that need URL encoding. */
  readonly apiKey: string;
  /** `http://127.0.0.1:PORT`, without a path; append the vendor's path, e.g. `/v1`. */
  readonly baseUrl: string;
  readonly [setting: string]: unknown;
}

export interface ProviderUnderTest {
  readonly name: string;
  /** Creates a provider that connects only to `baseUrl`. Called once per check. */
  readonly create: (settings: ContractSettings) => AiImageProvider | MediaProvider;
  /**
   * The recorded conversations, or the folder with their `*.json` files as a `file:` URL. A `settings.json` in it has the default
   * settings of all conversations.
   */
  readonly fixtures: readonly Conversation[] | URL;
  /**
   * Time limit of one check, in milliseconds. Keep it below the time limit of the test runner (5 s in vitest and jest, 2 s in mocha), so that
   * the test fails with the message of the check and not with that of the runner.
   * @default 4000
   */
  readonly timeoutMs?: number | undefined;
}

/** Each required field of a `ProviderUnderTest`: what it must be, and an example. */
const REQUIRED: readonly (readonly [
  name: string,
  isValid: (value: unknown) => boolean,
  rule: string,
  example: string,
])[] = [
  ['name', (value) => typeof value === 'string' && value !== '', 'the name of the provider', "name: 'my-vendor'"],
  [
    'create',
    (value) => typeof value === 'function',
    'a function that creates the provider',
    'create: ({ apiKey, baseUrl }) => createMyVendor({ apiKey, baseUrl })',
  ],
  [
    'fixtures',
    (value) => Array.isArray(value) || value instanceof URL,
    'a list of recorded conversations, or the URL of the folder with their files',
    "fixtures: new URL('./fixtures/', import.meta.url)",
  ],
];

/** @throws AiImageError `invalid_request` */
export function checkSubject(subject: ProviderUnderTest): void {
  const given = Object(subject) as Readonly<Record<string, unknown>>; // callers without types may pass anything
  for (const [name, isValid, rule, example] of REQUIRED) {
    if (isValid(given[name])) continue;
    throw new AiImageError('invalid_request', `the provider contract suite: ${name} must be ${rule}`, {
      hint: `Pass for example ${example}.`,
    });
  }
}

/** Has characters that differ in each encoding, so that a leaked key is found in any of them. */
export const TEST_KEY = 'sk-contract/9f3a+c071==b21e5d80';

export type Settled<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'stuck' };

/** Waits for work that may throw, reject, or never finish. */
export async function settle<T>(work: () => T | Promise<T>, timeoutMs: number): Promise<Settled<T>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stuck = new Promise<Settled<T>>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'stuck' }), timeoutMs);
  });
  const working = (async (): Promise<Settled<T>> => {
    try {
      return { kind: 'value', value: await work() };
    } catch (error) {
      return { kind: 'error', error };
    }
  })();
  try {
    return await Promise.race([working, stuck]);
  } finally {
    clearTimeout(timer);
  }
}

export function isFull(provider: AiImageProvider | MediaProvider): provider is MediaProvider {
  return 'generate' in provider && 'models' in provider && 'plan' in provider;
}

/** Returns true when the provider does not have this method. */
export function lacks(provider: AiImageProvider | MediaProvider, method: string): boolean {
  return typeof (provider as unknown as Readonly<Record<string, unknown>>)[method] !== 'function';
}
