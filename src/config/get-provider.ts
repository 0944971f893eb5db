/** Finds the provider to use: the one set with `setProvider`, the one named, or the one whose key is in the environment. */
import { AiImageError } from '../providers/protocol/errors.ts';
import { isFieldObject } from '../providers/protocol/input/check-fields.ts';
import { containsKey, describeKind } from '../providers/protocol/input/hide-keys.ts';
import { withoutUndefined } from '../providers/protocol/input/without-undefined.ts';
import type { AiImageProvider, MediaProvider } from '../providers/protocol/provider.ts';
import {
  createFrom,
  findProvider,
  listProviders,
  type ProviderAbout,
  type ProviderId,
  type ProviderOptions,
  type ProviderSettings,
  registry,
  unknownProvider,
  type VendorProvider,
} from '../providers/registry.ts';
import { borrowed, isClosed, wrapProviderLazily } from '../providers/wrap.ts';
import {
  type Environment,
  readVariable,
  settingsFromEnvironment,
  withoutConflictingCredentials,
} from './environment.ts';
import {
  addEntry,
  allEntries,
  entriesOf,
  isOwnEntry,
  removeAllEntries,
  removeEntry,
  type SharedProvider,
} from './shared-providers.ts';

/** The environment variable that names the default provider. */
export const PROVIDER_VARIABLE = 'AI_IMAGE_PROVIDER';
/** The name of the default provider in the shared list. */
const DEFAULT = '';

/** Resolves an alias to its provider's id. */
const toProviderId = (name: string): string => findProvider(name) ?? name;
/** Wraps the provider on first use, and again after the wrapper was closed. */
function wrap(entry: SharedProvider): Required<MediaProvider> {
  const wrapped = wrapProviderLazily(entry.name, entry.provider);
  if (isOwnEntry(entry)) return wrapped;
  const view = views.get(wrapped) ?? borrowed(wrapped);
  views.set(wrapped, view);
  return view;
}
/** Providers of other copies of this package, which this copy does not close. */
const views = new WeakMap<Required<MediaProvider>, Required<MediaProvider>>();
const findSetProvider = (name: string) => entriesOf(toProviderId(name)).slice(-1).map(wrap)[0];

/** Providers created from the environment alone, reused until the environment changes. */
const fromEnvironment = new Map<
  ProviderId,
  { readonly settings: string; readonly provider: Required<MediaProvider> }
>();

/**
 * Returns the provider to use: `const { imageBytes } = await getProvider().generateImage('a red fox')`.
 * Sends nothing; an adapter's code loads with the first call.
 * @param name an id, an alias, or a name passed to `setProvider`. Without a name: the provider set with `setProvider`, else the one that
 *   `AI_IMAGE_PROVIDER` names, else the only one whose key is in the environment
 * @param settings override the settings from the environment (e.g. `apiKey` from `OPENAI_API_KEY`)
 * @throws AiImageError `not_configured`: no provider or several are configured, the name is unknown, or a setting is missing or wrong
 */
export function getProvider<Id extends ProviderId>(
  name: Id,
  settings?: ProviderSettings<Id>,
): VendorProvider<ProviderOptions<Id>>;
export function getProvider(name?: string, settings?: Readonly<Record<string, unknown>>): Required<MediaProvider>;
export function getProvider(name?: string, settings?: Readonly<Record<string, unknown>>): Required<MediaProvider> {
  const set = findSetProvider(name ?? DEFAULT);
  if (set) return set;
  const namedByVariable = name === undefined ? readVariable(PROVIDER_VARIABLE) : undefined;
  const requestedName = name ?? namedByVariable ?? singleConfiguredProvider();
  const replaced = findSetProvider(requestedName);
  if (replaced) return replaced;
  const id = findProvider(requestedName);
  if (id === undefined) {
    throw unknownProvider(requestedName, namedByVariable === undefined ? undefined : PROVIDER_VARIABLE);
  }
  const { about } = registry[id];
  const inEnvironment = settingsFromEnvironment(about);
  if (settings !== undefined) {
    if (!isFieldObject(settings)) return createFrom('environment', id, settings); // which refuses them
    const given = withoutUndefined(settings);
    return createFrom('environment', id, { ...withoutConflictingCredentials(about, inEnvironment, given), ...given });
  }
  const fingerprint = JSON.stringify(inEnvironment);
  const known = fromEnvironment.get(id);
  if (known?.settings === fingerprint && !isClosed(known.provider)) return known.provider;
  const provider = createFrom('environment', id, inEnvironment);
  fromEnvironment.set(id, { settings: fingerprint, provider });
  return provider;
}

/**
 * Like `getProvider`, for callers that close the provider after use: closing does not close a provider that the host set with `setProvider`.
 * @throws AiImageError as `getProvider`
 */
export function borrowProvider(name?: string): Required<MediaProvider> {
  const provider = getProvider(name);
  const isSet = allEntries().some((each) => wrap(each) === provider);
  return isSet ? borrowed(provider) : provider;
}

/**
 * Returns the providers whose key is in the environment. If there are none, returns the keyless servers whose address variable is set.
 * @param env @default the environment of the process
 */
export function configuredProviders(env?: Environment): readonly ProviderId[] {
  const isSet = (name: string) => readVariable(name, env) !== undefined;
  const withKey = listProviders().filter(({ keyVariables }) => keyVariables.some(isSet));
  const usable =
    withKey.length > 0 ? withKey : listProviders().filter(({ id }) => addressesOf(registry[id].about).some(isSet));
  return usable.map(({ id }) => id);
}

/** Variables that hold the address of a server that needs no key. */
const addressesOf = ({ auth, env }: ProviderAbout): readonly string[] =>
  auth.kind === 'none' ? (env?.baseUrl ?? []) : [];

function singleConfiguredProvider(): string {
  const configured = configuredProviders();
  const [only, another] = configured;
  if (only !== undefined && another === undefined) return only;
  if (only !== undefined) {
    throw new AiImageError('not_configured', `keys for several providers are set: ${configured.join(', ')}`, {
      hint: `Name one: getProvider('${only}'), or set AI_IMAGE_PROVIDER.`,
    });
  }
  throw noProviderConfigured();
}

export function noProviderConfigured(): AiImageError {
  const variables = listProviders().flatMap(({ id, keyVariables }) =>
    keyVariables[0] === undefined ? [] : `${keyVariables[0]} (${id})`,
  );
  return new AiImageError('not_configured', 'no provider is configured', {
    hint: `Set one of ${variables.join(', ')}, or use getProvider('stub') to generate images offline.`,
  });
}

/**
 * Sets the provider that `getProvider` returns, e.g. a `StubProvider` in tests: `const restore = setProvider(new StubProvider())`.
 * Any object with `generateImage` works; its results are checked like those of the built-in providers.
 * It applies to the whole process, also to other copies of this package in it, e.g. to the routes of a Next.js app when its
 * instrumentation calls it. `close()` of a provider that another copy has set does nothing: only the copy that set it closes it. Other
 * processes, worker threads and `vm` contexts (e.g. Jest's test files) are separate.
 * @param name the name to register it under. Without a name it becomes the default, the one `getProvider()` returns
 * @returns a function that removes it again. It may be called more than once, and several may be called in any order
 */
export function setProvider(provider: AiImageProvider): () => void;
export function setProvider(name: string, provider: AiImageProvider): () => void;
export function setProvider(...args: [AiImageProvider] | [string, AiImageProvider]): () => void {
  const [name, provider] = args.length === 1 ? [DEFAULT, args[0]] : args;
  if (typeof name !== 'string' || containsKey(name)) {
    const what = typeof name === 'string' ? 'looks like an API key' : `must be a text, not ${describeKind(name)}`;
    throw new AiImageError('not_configured', `setProvider: the name ${what}`, {
      hint: "Pass the name first: setProvider('openai', provider), or the provider alone.",
    });
  }
  if (typeof provider?.generateImage !== 'function') {
    throw new AiImageError('not_configured', 'setProvider: the provider has no generateImage method', {
      hint: 'Pass a provider, e.g. new StubProvider().',
    });
  }
  const key = toProviderId(name);
  const entry: SharedProvider = { name: name === DEFAULT ? 'custom' : name, provider };
  addEntry(key, entry);
  return () => removeEntry(key, entry);
}

/**
 * Removes every provider set with `setProvider`, also by other copies of this package. For tests: `afterEach(resetProviders)`.
 * Closes none of them, so that a test can still inspect its own.
 */
export function resetProviders(): void {
  removeAllEntries();
}
