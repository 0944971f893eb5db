/** Which models the holder of a token may use. */
import type { Caller } from './caller.ts';

/** @param target a provider's name, and a model id unless any model of it is meant */
export function mayUse(
  { models }: Pick<Caller, 'models'>,
  { provider, model }: { readonly provider: string; readonly model?: string | undefined },
): boolean {
  if (models === undefined) return true;
  return models.some((each) => each === provider || each === `${provider}/${model ?? ''}`);
}
