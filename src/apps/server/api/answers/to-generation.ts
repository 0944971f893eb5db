/** The result of a run as the API shows it. */
import type { ApiCandidate, ApiGeneration } from '../../../../client/schemas/generate.ts';
import type { Attempt, Candidate, ManagedGeneration } from '../../../../index.ts';
import { toClientHint } from '../../http/faults/to-client-hint.ts';
import { errorMessageOf } from './error-message.ts';
import { type LinkContext, toGeneratedImages } from './to-images.ts';

export async function toApiGeneration(generation: ManagedGeneration, links: LinkContext): Promise<ApiGeneration> {
  const { failures, provider, model, composed, warnings, notes, applied, cost, usage, timing } = generation;
  const { attempts, reasons, isCached } = generation;
  return {
    images: await toGeneratedImages(generation, links),
    failures: failures.map(({ index, error }) => {
      const { code, charged } = error;
      return { index, code, message: errorMessageOf(error), charged };
    }),
    ...{ provider, model, prompt: composed.prompt, warnings },
    notes: withoutPaths(notes, links),
    ...{ applied, cost, usage, durationMs: timing.durationMs, attempts: attempts.map(toApiAttempt), reasons, isCached },
  };
}

function toApiAttempt(attempt: Attempt): Attempt {
  const { outcome, code, provider, reason } = attempt;
  if (outcome !== 'failed' || code === undefined) return attempt;
  return { ...attempt, reason: errorMessageOf({ code, provider, message: reason }) };
}

/** Notes may say where a file is. Clients must not learn the folders of the server. */
function withoutPaths(notes: readonly string[], { context }: LinkContext): readonly string[] {
  return notes.map((note) => note.replaceAll(context.store.directory, 'the store'));
}

/** The requests to the vendor are left out: their addresses are settings of the server. */
export function toApiCandidate({ provider, model, composed, plan, reasons }: Candidate): ApiCandidate {
  const { applied, adaptations, price } = plan;
  const refusals = plan.refusals.map(toApiRefusal);
  const { prompt, negativePrompt, notes } = composed;
  return { provider, model, prompt, negativePrompt, notes, applied, adaptations, refusals, price, reasons };
}

type ApiRefusal = ApiCandidate['refusals'][number];

function toApiRefusal({ hint, ...refusal }: ApiRefusal): ApiRefusal {
  const clientHint = toClientHint(hint);
  return clientHint === undefined ? refusal : { ...refusal, hint: clientHint };
}
