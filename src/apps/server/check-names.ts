/** Checks that the manager has what the settings of a server name: profiles, providers and models. A manager of a host need not say which it has. */
import { AiImageError } from '../../index.ts';
import { quoteName } from '../../providers/protocol/input/hide-keys.ts';
import { suggest } from '../../providers/protocol/input/suggest.ts';
import { isModelTier } from '../../providers/protocol/shared/model-tier.ts';
import type { ImageServerSettings } from './settings.ts';

type Named = Pick<ImageServerSettings, 'manager' | 'tokens' | 'aliases'>;

/** Every request of a token with an unknown profile would fail. @throws AiImageError `invalid_request` */
export function checkProfiles({ manager: { profiles }, tokens }: Named): void {
  if (profiles === undefined) return;
  for (const [at, { profile }] of tokens.entries()) {
    if (profile === undefined || profiles.includes(profile)) continue;
    const known = profiles.length === 0 ? 'has no profiles' : `has the profiles ${profiles.join(', ')}`;
    const advice = `The manager ${known}. Add it to profiles of createImageManager, or leave it out.`;
    const hint = suggest(profile, profiles) ?? advice;
    throw toError(`tokens[${at}].profile`, profile, 'which is no profile of the manager', hint);
  }
}

/**
 * Reports models of tokens and aliases that no provider of the manager can have. They are not refused: a provider may be left out while its
 * key is absent. An alias may stand for a model without its provider, and models are known only after the code of the providers was loaded.
 */
export async function reportUnknownModels(
  { manager, tokens, aliases }: Named,
  report: (error: AiImageError) => void,
): Promise<void> {
  const { providers } = manager;
  if (providers === undefined) return;
  const advice = `Providers are ${providers.join(', ')}.`;
  for (const [at, { models = [] }] of tokens.entries()) {
    for (const [index, entry] of models.entries()) {
      const provider = providerOf(entry);
      if (providers.includes(provider)) continue;
      const hint = suggest(provider, providers) ?? `Pass providers, each with or without a model. ${advice}`;
      report(toError(`tokens[${at}].models[${index}]`, provider, 'which is not an available provider', hint));
    }
  }
  const alone = Object.entries(aliases || {}).filter(
    ([, target]) => !providers.includes(providerOf(target)) && !isModelTier(target),
  );
  if (alone.length === 0) return;
  const known = Object.values(await manager.models({ isOffline: true })).flatMap((cards) => Object.keys(cards));
  for (const [alias, target] of alone) {
    if (known.includes(target)) continue;
    const hint = suggest(target, [...known, ...providers]) ?? `Pass a provider, a model or both. ${advice}`;
    report(toError(`aliases.${alias}`, target, 'which is not an available model', hint));
  }
}

/** An entry is `provider` or `provider/model`. */
const providerOf = (entry: string): string => entry.split('/')[0] ?? '';

const toError = (setting: string, name: string, what: string, hint: string): AiImageError =>
  new AiImageError('invalid_request', `createImageServer: setting ${setting} names ${quoteName(name)}, ${what}`, {
    hint,
    charged: 'no',
  });
