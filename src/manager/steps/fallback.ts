/** Step 8: asks one candidate after the other until a picture is there. */
import { AiImageError, ERROR_RULES, isAiImageError } from '../../providers/protocol/index.ts';
import type { Attempt, Candidate, ManagerContext, ManagerRequest } from '../types.ts';
import { isFree } from './conclude.ts';
import { type CandidateContext, type CandidateResult, executeCandidate } from './execute-candidate.ts';

export interface FallbackResult extends CandidateResult {
  readonly candidate: Candidate;
  readonly attempts: readonly Attempt[];
}

/** Whom a refusal before any call leaves unharmed. */
const SKIPPED = ['circuit_open', 'budget_exceeded'];

/** @throws AiImageError the last one's, when nobody could */
export async function executeWithFallback(
  candidates: readonly Candidate[],
  request: ManagerRequest,
  context: ManagerContext,
  running: CandidateContext,
): Promise<FallbackResult> {
  const attempts: Attempt[] = [];
  let last: AiImageError | undefined;
  for (const [at, candidate] of candidates.entries()) {
    const { provider, model } = candidate;
    try {
      const called = await executeCandidate(candidate, request, ofAttempt(context, at), running);
      const reason = at === 0 ? 'the first choice' : 'the next that could';
      attempts.push({ provider, model, outcome: 'done', reason });
      return { ...called, candidate, attempts };
    } catch (error) {
      if (!isAiImageError(error)) throw error;
      last = error;
      const { code, message: reason } = error;
      attempts.push({ provider, model, outcome: SKIPPED.includes(code) ? 'skipped' : 'failed', code, reason });
      if (!mayAskNext(error)) break;
    }
  }
  throw last ?? new AiImageError('internal', 'there was nobody to ask');
}

/** A caller's own key is for one submit: another attempt is another one, perhaps at the same vendor. */
function ofAttempt(context: ManagerContext, at: number): ManagerContext {
  const { idempotencyKey } = context;
  return idempotencyKey === undefined || at === 0
    ? context
    : { ...context, idempotencyKey: `${idempotencyKey}-attempt-${at + 1}` };
}

/** Only where the table allows it, and never when the first may have been paid. */
function mayAskNext(error: AiImageError): boolean {
  return error.code === 'budget_exceeded' || (ERROR_RULES[error.code].mayFailOver && isFree(error));
}
