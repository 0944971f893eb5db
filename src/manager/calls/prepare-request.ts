/** Checks a request and fills in what its profile and the settings say. */
import { AiImageError } from '../../providers/protocol/index.ts';
import { quoteName } from '../../providers/protocol/input/hide-keys.ts';
import type { Preferences, Profile, StyleMemory, StylePreset } from '../interfaces/profile.ts';
import type { ManagerRequest } from '../interfaces/request.ts';
import { requireShortName } from '../require-text.ts';
import type { Providers } from '../steps/choose-targets.ts';
import type { PromptSources } from '../steps/compose.ts';
import { checkRequest, checkVariation, checkWritable } from './check-request.ts';
import type { ProviderNames } from './provider-names.ts';

export interface RequestDefaults {
  readonly names: ProviderNames;
  readonly profiles: Readonly<Record<string, Profile>>;
  readonly styles: Readonly<Record<string, StylePreset>>;
  readonly memory: StyleMemory;
  /** For requests that name neither a provider nor a fallback. */
  readonly fallback: readonly string[] | undefined;
}

export interface PreparedRequest {
  /** The request with defaults filled in, and providers by their names in the settings. */
  readonly request: ManagerRequest;
  readonly profile: Profile | undefined;
  /** Where added text of the prompt comes from. */
  readonly sources: PromptSources;
  readonly providers: Providers;
}

/** Fields of the request come first, then those of its profile, then the profile's preferences. @throws AiImageError `invalid_request` */
export function prepareRequest(given: ManagerRequest, defaults: RequestDefaults): PreparedRequest {
  checkRequest(given);
  const { names, profiles, styles, memory } = defaults;
  const profile = findProfile(given.profile, profiles);
  const { palette, ...preferred }: Preferences =
    profile?.remembers && given.profile !== undefined ? memory.recall(given.profile) : { palette: [] };
  const filled = withDefaults(withDefaults(given, profile?.defaults), preferred);
  checkWritable(filled);
  checkVariation(filled);
  const { costCenter } = filled.metadata ?? {};
  if (typeof costCenter === 'string')
    requireShortName(costCenter, 'request.metadata.costCenter', 'metadata.costCenter');
  const { fallback } = defaults;
  const usesFallback = filled.provider === undefined && fallback !== undefined;
  const named = usesFallback ? withDefaults(filled, { fallback }) : filled;
  const request: ManagerRequest = {
    ...named,
    ...(named.provider !== undefined && { provider: names.nameOf(named.provider) }),
    ...(named.fallback !== undefined && { fallback: named.fallback.map(names.targetOf) }),
  };
  return { request, profile, sources: { styles, profile, palette }, providers: names.providersFor(request) };
}

/** @throws AiImageError `invalid_request`: no such profile */
export function findProfile(
  name: string | undefined,
  profiles: Readonly<Record<string, Profile>>,
): Profile | undefined {
  if (name === undefined) return undefined;
  if (Object.hasOwn(profiles, name)) return profiles[name];
  const known = Object.keys(profiles);
  throw new AiImageError('invalid_request', `there is no profile ${quoteName(name)}`, {
    field: 'profile',
    hint: known.length > 0 ? `The profiles are ${known.join(', ')}.` : 'No profiles are configured.',
  });
}

/** Fills in the fields that the request leaves out or sets to undefined. */
function withDefaults(request: ManagerRequest, defaults: Profile['defaults'] = {}): ManagerRequest {
  const given = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
  return { ...defaults, ...given } as ManagerRequest; // the same fields, some filled in
}
