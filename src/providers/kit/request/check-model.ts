import { AiImageError } from '../../protocol/errors.ts';
import { containsKey, hideKeys } from '../../protocol/input/hide-keys.ts';
import { suggest } from '../../protocol/input/suggest.ts';
import { modelsOf } from './choose-model.ts';
import type { ResolveStep } from './resolve-step.ts';

/** Half a year: vendors announce the shutdown of a model about this long before. */
const NOTICE_MS = 183 * 24 * 60 * 60_000;

/** Warns about an unknown or deprecated model, and refuses one that is shut down. */
export function checkModel(step: ResolveStep): void {
  const { card, context, definition, model, likeModel, operation, refuse, warn } = step;
  const { settings, today, isElsewhere = false } = context;
  if (likeModel !== undefined) {
    const suggestion = suggest(model, Object.keys(modelsOf(definition, settings)));
    const message = `no card for model ${hideKeys(model).slice(0, 80)}; it is treated like ${likeModel}, and its price is unknown.`;
    warn('unknown_model', 'model', suggestion === undefined ? message : `${message} ${suggestion}`);
  } else if (card.shutdown !== undefined && card.shutdown <= today && !isElsewhere) {
    const hint = card.successor === undefined ? undefined : `Use ${card.successor}.`;
    refuse('model_retired', 'model', `model ${model} was shut down on ${card.shutdown}`, hint);
  } else if (card.deprecated !== undefined || isNear(card.shutdown, today)) {
    const successor = card.successor === undefined ? '' : `; use ${card.successor}`;
    warn('deprecated_model', 'model', `model ${model} ${describeEnd(card.shutdown, today)}${successor}`);
  }
  if (card.editsOnly && operation === undefined) {
    const hint = 'Pass inputImages, or choose a model that generates from a prompt.';
    refuse('unsupported', 'model', `${model} can only edit images`, hint);
  }
}

/** @throws AiImageError `invalid_request`: an API key stands in place of the model, and would be sent to the vendor as its name */
export function refuseKeyAsModel({ model }: { readonly model?: string | undefined }, provider: string): void {
  if (model === undefined || !containsKey(model)) return;
  const hint = 'Pass the key as apiKey, where the provider is created, and the id of a model as model.';
  throw new AiImageError('invalid_request', `${provider}: model looks like an API key`, {
    provider,
    field: 'model',
    hint,
  });
}

function describeEnd(shutdown: string | undefined, today: string): string {
  if (shutdown === undefined) return 'is deprecated';
  if (shutdown > today) return `will be shut down on ${shutdown}`;
  return `was shut down by its vendor on ${shutdown}; this server may still have it`;
}

function isNear(shutdown: string | undefined, today: string): boolean {
  return shutdown !== undefined && Date.parse(shutdown) - Date.parse(today) <= NOTICE_MS;
}
