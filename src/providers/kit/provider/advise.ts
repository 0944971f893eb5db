/** Refusals and errors of a provider at a server that is not the vendor's: the hint also says what else there is. */
import { type AiImageErrorCode, isAiImageError, withErrorDetails } from '../../protocol/errors.ts';
import type { Refusal, RequestPlan } from '../../protocol/plan.ts';
import { withAdvice } from '../adapter/other-servers.ts';

/** Failures that can come from the strictness of the provider or from the dialect of the server. */
const ADVISED: readonly AiImageErrorCode[] = ['invalid_request', 'unsupported', 'model_retired', 'bad_response'];

/** The same error with the advice in its hint; anything else as it is. */
export function toAdvised(error: unknown, advice: string | undefined): unknown {
  if (advice === undefined || !isAiImageError(error) || !ADVISED.includes(error.code)) return error;
  return withErrorDetails(error, { hint: withAdvice(error.hint, advice) });
}

/** The same plan with the advice in the hint of each refusal. */
export function toAdvisedPlan(plan: RequestPlan, advice: string | undefined): RequestPlan {
  if (advice === undefined) return plan;
  const toRefusal = (refusal: Refusal): Refusal => ({ ...refusal, hint: withAdvice(refusal.hint, advice) });
  return { ...plan, refusals: plan.refusals.map(toRefusal) };
}
