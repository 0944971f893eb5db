/** Runs and their events as the API shows them. */
import type { ApiRun } from '../../../../client/schemas/runs.ts';
import type { RunSummary } from '../../runs/run-list.ts';
import { errorMessageOf } from './error-message.ts';

/** Field by field, so that a field that the run list adds for itself is not shown. */
export function toApiRun(run: RunSummary): ApiRun {
  const { id, state, token, startedAt, endedAt, operation, prompt, images } = run;
  const { provider, model, artifacts, costUsd, job, error } = run;
  return {
    ...{ id, state, token, startedAt, endedAt, operation, prompt, images },
    ...{ provider, model, artifacts, costUsd, job },
    ...(error && {
      error: { code: error.code, message: errorMessageOf({ ...error, provider }), charged: error.charged },
    }),
  };
}
