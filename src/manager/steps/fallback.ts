/** Tries one candidate after the other until one returns an image. */

import { isFreeToRepeat } from '../../providers/protocol/error-rules.ts';
import { AiImageError, ERROR_RULES, isAiImageError } from '../../providers/protocol/index.ts';
import type { Attempt, ManagerContext } from '../interfaces/generation.ts';
import type { Candidate } from '../interfaces/plan.ts';
import type { ManagerRequest } from '../interfaces/request.ts';
import { type CandidateContext, type CandidateResult, executeCandidate } from './execute-candidate.ts';

export interface FallbackResult extends CandidateResult {
  readonly candidate: Candidate;
  readonly attempts: readonly Attempt[];
}

/** The candidate was refused before any call. */
const SKIPPED = ['circuit_open', 'budget_exceeded'];

/** @throws AiImageError the error of the last candidate that was tried */
export async function executeWithFallback(
  candidates: readonly Candidate[],
  request: ManagerRequest,
  context: ManagerContext,
  candidateContext: CandidateContext,
): Promise<FallbackResult> {
  const attempts: Attempt[] = [];
  let lastError: AiImageError | undefined;
  for (const [index, candidate] of candidates.entries()) {
    const { provider, model } = candidate;
    try {
      const result = await executeCandidate(candidate, request, contextOfAttempt(context, index), candidateContext);
      const reason = index === 0 ? 'the first choice' : 'the next candidate';
      attempts.push({ provider, model, outcome: 'done', reason });
      return { ...result, candidate, attempts };
    } catch (error) {
      if (!isAiImageError(error)) throw error;
      lastError = error;
      const { code, message: reason } = error;
      attempts.push({ provider, model, outcome: isSkipped(error) ? 'skipped' : 'failed', code, reason });
      if (!mayTryNext(error)) break;
    }
  }
  throw (
    lastError ??
    new AiImageError('internal', 'there was no candidate to try', {
      hint: 'This is a bug in this library. Please report it.',
    })
  );
}

/** The caller's idempotency key is for one submit. Another attempt is another submit, perhaps at the same vendor, and gets its own key. */
function contextOfAttempt(context: ManagerContext, index: number): ManagerContext {
  const { idempotencyKey } = context;
  return idempotencyKey === undefined || index === 0
    ? context
    : { ...context, idempotencyKey: `${idempotencyKey}-attempt-${index + 1}` };
}

const isSkipped = (error: AiImageError) => SKIPPED.includes(error.code) && isFreeToRepeat(error);

/** Only where the table of error codes allows it, and never when the failed call may have been charged. */
function mayTryNext(error: AiImageError): boolean {
  const { code } = error;
  // A newer copy of this package may have thrown a code that this one does not know.
  return isFreeToRepeat(error) && (code === 'budget_exceeded' || (ERROR_RULES[code]?.mayFailOver ?? false));
}
