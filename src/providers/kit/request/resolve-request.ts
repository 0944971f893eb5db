/** Checks a request against a model card: each field is mapped to the model's terms, adapted with a warning, or refused. Pure. */
import type { AppliedSettings, Warning } from '../../protocol/generation.ts';
import type { ModelCard } from '../../protocol/model-card.ts';
import type { Refusal } from '../../protocol/plan.ts';
import type { Operation } from '../../protocol/vocabulary.ts';
import type { ProviderDefinition } from '../adapter/provider-definition.ts';
import type { ResolvedFields } from '../adapter/request-args.ts';
import { sizeText } from '../sizes.ts';
import { checkEdit } from './check-edit.ts';
import { checkModel } from './check-model.ts';
import {
  resolveBackground,
  resolveFormat,
  resolveNegativePrompt,
  resolvePrompt,
  resolveQuality,
  resolveSafety,
  resolveSeed,
  resolveSize,
  resolveStyle,
} from './resolve-fields.ts';
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

/** In this order: quality sets the tier of the size, and the background depends on the format. */
const STEPS: readonly ((step: ResolveStep) => void)[] = [
  checkModel,
  resolvePrompt,
  resolveNegativePrompt,
  resolveQuality,
  resolveSize,
  resolveStyle,
  resolveSeed,
  resolveFormat,
  resolveBackground,
  resolveSafety,
  checkEdit,
];

export function resolveRequest(
  definition: ProviderDefinition,
  request: AnyRequest,
  context: ResolveContext,
): Resolution {
  const step = createResolveStep(definition, request, context);
  for (const run of STEPS) run(step);
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
