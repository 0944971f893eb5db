/** What is put to the test, and a call to it from which nothing escapes. */
import type { AiImageProvider, MediaProvider } from '../providers/protocol/index.ts';
import type { Conversation } from './conversation.ts';

/** What `create` is given: these two, and whatever a conversation has under `settings`. */
export interface ContractSettings {
  /** A made-up key with characters that look different in a URL. */
  readonly apiKey: string;
  /** `http://127.0.0.1:PORT`, without a path; add the vendor's own, e.g. `/v1`. */
  readonly baseUrl: string;
  readonly [setting: string]: unknown;
}

export interface ProviderUnderTest {
  readonly name: string;
  /** Makes a provider that talks to `baseUrl` and nowhere else. Called once per check. */
  readonly create: (settings: ContractSettings) => AiImageProvider | MediaProvider;
  /**
   * The recorded conversations, or the folder with their `*.json` files as a `file:` URL. A `settings.json` in it holds settings that
   * every conversation starts from.
   */
  readonly fixtures: readonly Conversation[] | URL;
  /** How long one step of a check may take, in milliseconds. @default 10000 */
  readonly patienceMs?: number | undefined;
}

/** Characters that differ in each spelling, so that a key is found wherever it stands. */
export const TEST_KEY = 'sk-contract/9f3a+c071==b21e5d80';

export type Settled<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'stuck' };

/** Waits for work that may throw at once, reject, or never end. */
export async function settle<T>(work: () => T | Promise<T>, patienceMs: number): Promise<Settled<T>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stuck = new Promise<Settled<T>>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'stuck' }), patienceMs);
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

/** The methods of the full protocol that this provider has not. */
export function lacks(provider: AiImageProvider | MediaProvider, method: string): boolean {
  return typeof (provider as unknown as Readonly<Record<string, unknown>>)[method] !== 'function';
}
