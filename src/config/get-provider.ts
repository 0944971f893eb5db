/** Which provider a host means: the one it set, the one it named, or the one its environment has a key for. */
import { AiImageError } from '../providers/protocol/errors.ts';
import type { AiImageProvider, MediaProvider } from '../providers/protocol/provider.ts';
import {
  borrowed,
  createProvider,
  findProvider,
  isClosed,
  listProviders,
  type ProviderAbout,
  type ProviderId,
  type ProviderSettings,
  registry,
  unknownProvider,
  wrapProviderLazily,
} from '../providers/registry.ts';
import { type Environment, readVariable, settingsFromEnvironment, withoutRivals } from './environment.ts';

interface Chosen {
  /** Made anew once what was made before is closed. */
  readonly provider: () => Required<MediaProvider>;
}

/** Set by `setProvider`: by id or name, and the default under the empty name; the last one set counts. */
const chosen = new Map<string, readonly Chosen[]>();
const DEFAULT = '';

/** An alias means its provider, here as everywhere. */
const keyOf = (name: string): string => findProvider(name) ?? name;
const chosenFor = (name: string) => chosen.get(keyOf(name))?.at(-1)?.provider();

/** Made from the environment alone, kept as long as the environment says the same. */
const fromEnvironment = new Map<
  ProviderId,
  { readonly settings: string; readonly provider: Required<MediaProvider> }
>();

/**
 * The provider to use. One line does it: `const { imageBytes } = await getProvider().generateImage('a red fox')`.
 * Makes no call; an adapter's code loads with the first call.
 * @param name an id, an alias, or a name given to `setProvider`. Without one: the provider set, else `AI_IMAGE_PROVIDER`, else the only one
 *   whose key is in the environment
 * @param settings beside or instead of what the environment holds (e.g. `apiKey` from `OPENAI_API_KEY`)
 * @throws AiImageError `not_configured`: nothing or too much to choose from, no such provider, or a setting is missing or wrong
 */
export function getProvider<Id extends ProviderId>(name: Id, settings?: ProviderSettings<Id>): Required<MediaProvider>;
export function getProvider(name?: string, settings?: Readonly<Record<string, unknown>>): Required<MediaProvider>;
export function getProvider(name?: string, settings?: Readonly<Record<string, unknown>>): Required<MediaProvider> {
  const set = chosenFor(name ?? DEFAULT);
  if (set) return set;
  const wanted = name ?? readVariable('AI_IMAGE_PROVIDER') ?? onlyConfigured();
  const replaced = chosenFor(wanted);
  if (replaced) return replaced;
  const id = findProvider(wanted);
  if (id === undefined) throw unknownProvider(wanted);
  const { about } = registry[id];
  const inEnvironment = settingsFromEnvironment(about);
  if (settings !== undefined) {
    const given = definedOnly(settings);
    return createProvider(id as string, { ...withoutRivals(about, inEnvironment, given), ...given });
  }
  const fingerprint = JSON.stringify(inEnvironment);
  const known = fromEnvironment.get(id);
  if (known?.settings === fingerprint && !isClosed(known.provider)) return known.provider;
  const provider = createProvider(id as string, inEnvironment);
  fromEnvironment.set(id, { settings: fingerprint, provider });
  return provider;
}

/**
 * As `getProvider`, for callers that close what they used: a provider that the host put in place with `setProvider` stays open.
 * @throws AiImageError as `getProvider`
 */
export function borrowProvider(name?: string): Required<MediaProvider> {
  const provider = getProvider(name);
  const isSet = [...chosen.values()].some((entries) => entries.some((each) => each.provider() === provider));
  return isSet ? borrowed(provider) : provider;
}

/**
 * Providers whose key is in the environment; where there is none, servers that need no key and whose address is.
 * @param env @default that of the process
 */
export function configuredProviders(env?: Environment): readonly ProviderId[] {
  const isSet = (name: string) => readVariable(name, env) !== undefined;
  const withKey = listProviders().filter(({ keyVariables }) => keyVariables.some(isSet));
  const usable =
    withKey.length > 0 ? withKey : listProviders().filter(({ id }) => addressesOf(registry[id].about).some(isSet));
  return usable.map(({ id }) => id);
}

/** Variables that may hold the address of a server that needs no key. */
const addressesOf = ({ auth, env }: ProviderAbout): readonly string[] =>
  auth.kind === 'none' ? (env?.baseUrl ?? []) : [];

function onlyConfigured(): string {
  const configured = configuredProviders();
  const [only, another] = configured;
  if (only !== undefined && another === undefined) return only;
  if (only !== undefined) {
    throw new AiImageError('not_configured', `keys for several providers are set: ${configured.join(', ')}`, {
      hint: `Name one: getProvider('${only}'), or set AI_IMAGE_PROVIDER.`,
    });
  }
  throw nothingConfigured();
}

export function nothingConfigured(): AiImageError {
  const variables = listProviders().flatMap(({ id, keyVariables }) =>
    keyVariables[0] === undefined ? [] : `${keyVariables[0]} (${id})`,
  );
  return new AiImageError('not_configured', 'no provider is configured', {
    hint: `Set one of ${variables.join(', ')}, or use getProvider('stub') to draw offline.`,
  });
}

/**
 * Puts a provider in place, e.g. a `StubProvider` in tests: `const restore = setProvider(new StubProvider())`.
 * Anything with `generateImage` will do; what it returns is checked like our own.
 * @param name the name it answers to; without one it becomes what `getProvider()` returns
 * @returns takes it away again, so that what was set before counts; restores may come in any order and more than once
 */
export function setProvider(provider: AiImageProvider): () => void;
export function setProvider(name: string, provider: AiImageProvider): () => void;
export function setProvider(...args: [AiImageProvider] | [string, AiImageProvider]): () => void {
  const [name, provider] = args.length === 1 ? [DEFAULT, args[0]] : args;
  if (typeof provider?.generateImage !== 'function') {
    throw new AiImageError('not_configured', 'what was set has no generateImage', {
      hint: 'Pass a provider, e.g. new StubProvider().',
    });
  }
  const key = keyOf(name);
  const entry: Chosen = { provider: () => wrapProviderLazily(name === DEFAULT ? 'custom' : name, provider) };
  const entries = () => chosen.get(key) ?? [];
  chosen.set(key, [...entries(), entry]);
  return () =>
    void chosen.set(
      key,
      entries().filter((each) => each !== entry),
    );
}

/** A setting that is `undefined` was not given: it must not hide what the environment holds. */
function definedOnly(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
