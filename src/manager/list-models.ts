/** Lists the models of all providers. */
import type { ModelCard, ModelsOptions } from '../providers/protocol/index.ts';
import { OFFLINE, type Providers } from './steps/choose-targets.ts';

/** By the provider's name in the settings, then by model id. */
export type ModelsByProvider = Readonly<Record<string, Readonly<Record<string, ModelCard>>>>;

export async function listModels(providers: Providers, options: ModelsOptions = {}): Promise<ModelsByProvider> {
  const all = Object.entries(providers).map(async ([name, provider]) => {
    // A server that cannot be reached must not hide the models of the others. `health()` reports it.
    const cards = await provider.models(options).catch(() => provider.models(OFFLINE));
    return [name, cards] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}
