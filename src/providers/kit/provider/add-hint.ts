/** Adds the hint for compatible servers to refusals and errors; see `ProviderAbout.otherServers`. */
import { type AiImageErrorCode, isAiImageError, withErrorDetails } from '../../protocol/errors.ts';
import type { Refusal, RequestPlan } from '../../protocol/plan.ts';
import { appendHint } from '../adapter/compatible-servers.ts';

/** Errors that can have their cause in differences between the server's API and the vendor's. */
const HINTED_CODES: readonly AiImageErrorCode[] = ['invalid_request', 'unsupported', 'model_retired', 'bad_response'];

/** Adds the hint to an `AiImageError` with one of these codes; returns anything else unchanged. */
export function addHintToError(error: unknown, added: string | undefined): unknown {
  if (added === undefined || !isAiImageError(error) || !HINTED_CODES.includes(error.code)) return error;
  return withErrorDetails(error, { hint: appendHint(error.hint, added) });
}

/** Adds the hint to each refusal of a plan. */
export function addHintToPlan(plan: RequestPlan, added: string | undefined): RequestPlan {
  if (added === undefined) return plan;
  const toRefusal = (refusal: Refusal): Refusal => ({ ...refusal, hint: appendHint(refusal.hint, added) });
  return { ...plan, refusals: plan.refusals.map(toRefusal) };
}
