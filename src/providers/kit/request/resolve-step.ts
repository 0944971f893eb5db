/** What the steps of `resolveRequest` share: the request, the model, the resolved fields, and how to warn or refuse. */
import type * as z from 'zod/mini';
import type { Warning } from '../../protocol/generation.ts';
import type { Refusal } from '../../protocol/plan.ts';
import type { editRequestSchema } from '../../protocol/request.ts';
import type { Operation } from '../../protocol/vocabulary.ts';
import type { ProviderDefinition } from '../adapter/provider-definition.ts';
import type { ResolvedFields } from '../adapter/request-args.ts';
import { type ChosenModel, chooseModel, operationOf } from './choose-model.ts';

/** A request as it arrives: an edit may have no prompt, and its input images may be missing. */
export type AnyRequest = z.infer<typeof editRequestSchema>;

export interface ResolveContext {
  /** The provider's own settings, parsed by its schema. */
  readonly settings: unknown;
  /** `YYYY-MM-DD`, for shutdown dates. */
  readonly today: string;
  /** `baseUrl` names another server than the vendor's: it may still have models that the vendor has shut down. */
  readonly isElsewhere?: boolean;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export interface ResolveStep extends ChosenModel {
  readonly definition: ProviderDefinition;
  readonly request: AnyRequest;
  readonly operation: Operation | undefined;
  readonly context: ResolveContext;
  readonly fields: Writable<ResolvedFields>;
  readonly warnings: Warning[];
  readonly refusals: Refusal[];
  readonly warn: (code: Warning['code'], field: string, message: string) => void;
  readonly refuse: (code: Refusal['code'], field: string, message: string, hint?: string) => void;
  /**
   * Warns if the caller allows adapting the request, else refuses it.
   * @param change what happens to the field @default 'it is left out'
   * @returns true if the request goes on without the field
   */
  readonly adaptOrRefuse: (field: string, message: string, hint: string, change?: string) => boolean;
  /** As `adaptOrRefuse`, for a field that the model does not support. */
  readonly leaveOut: (field: string) => void;
}

export function createResolveStep(
  definition: ProviderDefinition,
  request: AnyRequest,
  context: ResolveContext,
): ResolveStep {
  const { id } = definition.about;
  const operation = operationOf(request);
  const chosen = chooseModel(definition, request.model, { settings: context.settings, operation });
  const warnings: Warning[] = [];
  const refusals: Refusal[] = [];
  const adapts = request.onUnsupported === 'adapt';
  const warn: ResolveStep['warn'] = (code, field, message) => {
    warnings.push({ code, field, message: `${id}: ${message}` });
  };
  const refuse: ResolveStep['refuse'] = (code, field, message, hint) => {
    refusals.push({ code, field, message: `${id}: ${message}`, ...(hint !== undefined && { hint }) });
  };
  const adaptOrRefuse: ResolveStep['adaptOrRefuse'] = (field, message, hint, change = 'it is left out') => {
    if (adapts) warn('adapted', field, `${message}; ${change}`);
    else refuse('unsupported', field, message, hint);
    return adapts;
  };
  return {
    ...chosen,
    definition,
    request,
    operation,
    context,
    fields: { prompt: '' },
    warnings,
    refusals,
    warn,
    refuse,
    adaptOrRefuse,
    leaveOut(field) {
      const hint = `Leave ${field} out, or pass onUnsupported: 'adapt'.`;
      adaptOrRefuse(field, `${chosen.model} has no ${field}`, hint);
    },
  };
}
