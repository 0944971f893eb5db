/** Checks a request against a model card: each field is mapped to the model's terms, adapted with a warning, or refused. Pure. */
import type { AppliedSettings, Warning } from '../../protocol/generation.ts';
import type { ModelCard } from '../../protocol/model-card.ts';
import type { Refusal } from '../../protocol/plan.ts';
import type { Operation } from '../../protocol/vocabulary.ts';
import type { ProviderDefinition } from '../adapter/provider-definition.ts';
import type { ResolvedFields } from '../adapter/request-args.ts';
import { sizeText } from '../sizes.ts';
import { checkModel } from './check-model.ts';
import { resolveFormat, resolvePrompt } from './resolve-prompt.ts';
import { type AnyRequest, createResolveStep, type ResolveContext, type ResolveStep } from './resolve-step.ts';

export interface Resolution {
  readonly model: string;
  readonly card: ModelCard;
  readonly n: number;
  readonly fields: ResolvedFields;
  /** Absent if the request starts from the prompt alone. */
  readonly operation?: Operation;
  readonly warnings: readonly Warning[];
  readonly refusals: readonly Refusal[];
  readonly applied: AppliedSettings;
}

/** Fields that the few steps below cover, or that no step reads. */
const PLAIN_FIELDS = ['prompt', 'model', 'n', 'format', 'options', 'metadata', 'onUnsupported'];
const PLAIN_STEPS = [checkModel, resolvePrompt, resolveFormat];

type Steps = readonly ((step: ResolveStep) => void)[];

/** Returns the steps for the fields of a request. Most requests have few fields, and do without the code for the others. */
export async function loadSteps(request: AnyRequest): Promise<Steps> {
  const isPlain = Object.entries(request).every(
    ([field, value]) => value === undefined || PLAIN_FIELDS.includes(field),
  );
  return isPlain ? PLAIN_STEPS : (await import('./fields/further-fields.ts')).ALL_STEPS;
}

/** @param steps as `loadSteps` returns them */
export function resolveRequest(
  definition: ProviderDefinition,
  request: AnyRequest,
  context: ResolveContext,
  steps: Steps,
): Resolution {
  const step = createResolveStep(definition, request, context);
  for (const run of steps) run(step);
  const { model, card, operation, fields, warnings, refusals } = step;
  const n = request.n ?? 1;
  return {
    model,
    card,
    n,
    fields,
    ...(operation && { operation }),
    warnings,
    refusals,
    applied: toApplied(step, n),
  };
}

function toApplied({ model, fields, operation }: ResolveStep, n: number): AppliedSettings {
  const { prompt: _, size, tier, quality = tier, ...plain } = fields;
  return {
    model,
    n,
    ...plain,
    ...(quality !== undefined && { quality }),
    ...(size && { size: sizeText(size) }),
    ...(operation && { operation }),
  };
}
