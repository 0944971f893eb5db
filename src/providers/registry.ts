/** The list of providers, one line each. Ids, setting types, other lists and docs are derived from it. */
import { about as azureOpenai } from './azure-openai/about.ts';
import { about as bedrock } from './bedrock/about.ts';
import { about as bfl } from './bfl/about.ts';
import { about as comfyui } from './comfyui/about.ts';
import { about as fal } from './fal/about.ts';
import { about as firefly } from './firefly/about.ts';
import { about as googleGemini } from './google-gemini/about.ts';
import { about as huggingface } from './huggingface/about.ts';
import { about as ideogram } from './ideogram/about.ts';
import { nameOf, type ProviderAbout } from './kit/adapter/about.ts';
import { type CommonSettings, checkSettings, type SettingsSource } from './kit/adapter/settings.ts';
import type { DefinedProvider } from './kit/provider/define-provider.ts';
import { createLazyProvider } from './kit/provider/lazy-provider.ts';
import type { VendorProvider } from './kit/provider/vendor-provider.ts';
import { about as leonardo } from './leonardo/about.ts';
import { about as luma } from './luma/about.ts';
import { about as openai } from './openai/about.ts';
import { about as openaiCompatible } from './openai-compatible/about.ts';
import { AiImageError } from './protocol/errors.ts';
import { describeKind, quoteName } from './protocol/input/hide-keys.ts';
import { suggest } from './protocol/input/suggest.ts';
import type { MediaProvider } from './protocol/provider.ts';
import { about as recraft } from './recraft/about.ts';
import { about as replicate } from './replicate/about.ts';
import { about as runway } from './runway/about.ts';
import { about as stability } from './stability/about.ts';
import { about as stub } from './stub/about.ts';
import { about as vertex } from './vertex/about.ts';
import { about as xai } from './xai/about.ts';

/** @param load imports the adapter's code, at the first call */
function entry<Id extends string, Settings, Options extends Readonly<Record<string, unknown>>>(
  about: ProviderAbout<Id>,
  load: () => Promise<DefinedProvider<Settings, Options>>,
) {
  return { about, load };
}

export type { ProviderAbout } from './kit/adapter/about.ts';
export type { CommonSettings } from './kit/adapter/settings.ts';
export type { DefinedProvider } from './kit/provider/define-provider.ts';
export type { VendorProvider } from './kit/provider/vendor-provider.ts';
export { suggest } from './protocol/input/suggest.ts';

export const registry = {
  'azure-openai': entry(azureOpenai, async () => (await import('./azure-openai/index.ts')).azureOpenai),
  bedrock: entry(bedrock, async () => (await import('./bedrock/index.ts')).bedrock),
  bfl: entry(bfl, async () => (await import('./bfl/index.ts')).bfl),
  comfyui: entry(comfyui, async () => (await import('./comfyui/index.ts')).comfyui),
  fal: entry(fal, async () => (await import('./fal/index.ts')).fal),
  firefly: entry(firefly, async () => (await import('./firefly/index.ts')).firefly),
  'google-gemini': entry(googleGemini, async () => (await import('./google-gemini/index.ts')).googleGemini),
  huggingface: entry(huggingface, async () => (await import('./huggingface/index.ts')).huggingface),
  ideogram: entry(ideogram, async () => (await import('./ideogram/index.ts')).ideogram),
  leonardo: entry(leonardo, async () => (await import('./leonardo/index.ts')).leonardo),
  luma: entry(luma, async () => (await import('./luma/index.ts')).luma),
  openai: entry(openai, async () => (await import('./openai/index.ts')).openai),
  'openai-compatible': entry(
    openaiCompatible,
    async () => (await import('./openai-compatible/index.ts')).openaiCompatible,
  ),
  recraft: entry(recraft, async () => (await import('./recraft/index.ts')).recraft),
  replicate: entry(replicate, async () => (await import('./replicate/index.ts')).replicate),
  runway: entry(runway, async () => (await import('./runway/index.ts')).runway),
  stability: entry(stability, async () => (await import('./stability/index.ts')).stability),
  stub: entry(stub, async () => (await import('./stub/index.ts')).stub),
  vertex: entry(vertex, async () => (await import('./vertex/index.ts')).vertex),
  xai: entry(xai, async () => (await import('./xai/index.ts')).xai),
} as const;

export type ProviderId = keyof typeof registry;
/** The facts about each provider that need no adapter code. */
const entries = (): readonly (readonly [ProviderId, ProviderAbout])[] =>
  // The keys of the registry.
  Object.entries(registry).map(([id, { about }]) => [id as ProviderId, about]);

/** The settings a provider takes: the common ones and its own. */
export type ProviderSettings<Id extends ProviderId> = NonNullable<
  Parameters<Awaited<ReturnType<(typeof registry)[Id]['load']>>['create']>[0]
>;

/** The vendor's own options, which a call takes as `options`. */
export type ProviderOptions<Id extends ProviderId> =
  Awaited<ReturnType<(typeof registry)[Id]['load']>> extends DefinedProvider<never, infer Options> ? Options : never;

/** Facts about a provider that are known without loading its adapter. */
export interface ProviderListing {
  /** The name in `createProvider(id)`. */
  readonly id: ProviderId;
  /** Display name of the vendor. */
  readonly title: string;
  /** Other names that `createProvider` accepts. */
  readonly aliases: readonly string[];
  /** Environment variables that may hold its key; empty when it needs none. */
  readonly keyVariables: readonly string[];
}

/** Lists every provider of this package. Sends nothing and loads no adapter. */
export function listProviders(): readonly ProviderListing[] {
  return Object.values(registry).map(({ about: { id, title, aliases, auth } }) => ({
    id,
    title,
    aliases,
    keyVariables: auth.kind === 'none' ? [] : auth.env,
  }));
}

/** Returns the provider with this id or alias, written with `-` or `_`; `undefined` when there is none. */
export function findProvider(name: string): ProviderId | undefined {
  if (typeof name !== 'string') return undefined; // from a caller without types
  const wanted = withDashes(name);
  return entries().find(
    ([id, { aliases }]) => id === wanted || aliases.some((alias) => withDashes(alias) === wanted),
  )?.[0];
}

/** Returns the providers that serve a model of this name, e.g. `seedream`; empty when the name is not a model's. */
export function findServers(name: string): readonly ProviderId[] {
  return entries().flatMap(([id, { serves = [] }]) => (serves.includes(withDashes(name)) ? [id] : []));
}

/** Returns a question with the most similar provider name, e.g. "Did you mean openai?"; `undefined` when no name is similar. @param others further names to compare with */
export function suggestName(name: string, others: readonly string[] = []): string | undefined {
  return suggest(name, [...others, ...entries().flatMap(([id, { aliases }]) => [id, ...aliases])]);
}

const withDashes = (name: string): string => name.toLowerCase().replaceAll('_', '-');

/**
 * Creates a provider from settings alone. Reads no environment variables.
 * @param id an id of `listProviders()`, or an alias
 * @throws AiImageError `not_configured`: the provider does not exist, or a setting is unknown, missing or wrong. The values of the
 *   vendor's own settings are checked at the first call
 */
export function createProvider<Id extends ProviderId>(
  id: Id,
  settings?: ProviderSettings<Id>,
): VendorProvider<ProviderOptions<Id>>;
export function createProvider(id: string, settings?: CommonSettings): Required<MediaProvider>;
export function createProvider(id: string, settings: CommonSettings = {}): Required<MediaProvider> {
  const known = findProvider(id);
  if (known === undefined) throw unknownProvider(id);
  return createFrom('settings', known, settings);
}

/** Does what `createProvider` does. @param source where a missing key would have come from, for the hint */
export function createFrom(source: SettingsSource, id: ProviderId, settings: CommonSettings): Required<MediaProvider> {
  const { about, load } = registry[id];
  const checked = checkSettings(about, settings, { source });
  return createLazyProvider(nameOf(about, checked), async () => (await load()).create(checked));
}

/** @param variable the environment variable that holds the name */
export function unknownProvider(name: string, variable?: string): AiImageError {
  if (typeof name !== 'string') {
    const hint = "Pass the id of a provider, for example 'openai'.";
    const message = `the name of a provider must be a text, not ${describeKind(name)}`;
    return new AiImageError('not_configured', message, { hint });
  }
  const servers = findServers(name);
  const shown = quoteName(name);
  const message =
    variable === undefined ? `unknown provider ${shown}` : `${variable} names the unknown provider ${shown}`;
  const hint =
    servers.length > 0
      ? `This is a model, served by these providers: ${servers.join(', ')}.`
      : (suggestName(name) ?? 'listProviders() lists the available providers.');
  return new AiImageError('not_configured', message, { hint });
}
