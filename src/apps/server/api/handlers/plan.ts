/** Plans: what a request would do and cost. */
import { isAiImageError } from '../../../../index.ts';
import { ofPlan } from '../../http/faults/find-refusal.ts';
import { toFault } from '../../http/to-fault.ts';
import { applyCallerRules } from '../../runs/caller-rules.ts';
import { toApiCandidate } from '../answers/to-generation.ts';
import { fieldFault } from '../input/input-fault.ts';
import { toParam, toWords } from '../input/own-words.ts';
import { resolveInputs } from '../input/resolve-inputs.ts';
import type { RouteHandler } from '../route-call.ts';

/** The rules of the token apply as when a call starts. */
export const plan: RouteHandler<'plan'> = async ({ input, caller, context }) => {
  if (input.prompt === undefined && input.inputImages === undefined) {
    throw fieldFault('prompt', '`prompt` is missing. Say what to generate.');
  }
  const { manager, store } = context;
  const given = await resolveInputs(input, store);
  const planning = applyCallerRules(given, caller, manager).then((request) => manager.plan(request));
  const { candidates, refused } = await planning.catch((error: unknown) => {
    const refusal = isAiImageError(error) ? ofPlan(error) : undefined;
    throw refusal === undefined ? error : toFault(error, { refusal, paramOf: toParam, toWords });
  });
  return { body: { candidates: candidates.map(toApiCandidate), refused: refused.map(toApiCandidate) } };
};
