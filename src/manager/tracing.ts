/** Reports the steps of a manager to `onStep`. A prompt is described by its length and a hash, never by its text. */
import { type AiImageErrorCode, isAiImageError } from '../providers/protocol/index.ts';
import type { ManagerRequest } from './interfaces/request.ts';
import { sha256 } from './sha256.ts';

/** `call` is the whole call; the other steps are inside it, in this order. */
export const MANAGER_STEPS = [
  'call',
  'compose',
  'plan',
  'policy',
  'route',
  'cache',
  'budget',
  'generate',
  'store',
] as const;
export type ManagerStep = (typeof MANAGER_STEPS)[number];

export type StepFacts = Readonly<Record<string, string | number | boolean>>;

/** What is known when a step begins. */
export interface StepStart {
  /** The same id for all steps of one call, also after a fallback to another provider. Hooks of the providers get it too. */
  readonly call: string;
  /** The provider's name in the settings. Known from the step `cache` on; for `call`, its end has it in `facts`. */
  readonly provider?: string | undefined;
  /** The vendor's model id. Known from the same step on as the provider. */
  readonly model?: string | undefined;
  /** `metadata` of the request. */
  readonly metadata?: ManagerRequest['metadata'];
  /** What is known when the step starts, e.g. the number of images. */
  readonly facts: StepFacts;
}

/** How a step ended. */
export interface StepEnd {
  /** What the step found or did, e.g. the number of candidates. */
  readonly facts: StepFacts;
  /** The code of the error, if the step failed. */
  readonly code?: AiImageErrorCode | undefined;
}

/** @returns called when the step has ended */
export type OnStep = (step: ManagerStep, start: StepStart) => ((end: StepEnd) => void) | undefined;

/** Returns the error code of a failure. */
const codeOf = (error: unknown): AiImageErrorCode => (isAiImageError(error) ? error.code : 'internal');

export interface Tracer {
  /** Runs a step and reports its start and its end. @param factsOf describes the result */
  readonly step: <T>(name: ManagerStep, work: () => T | Promise<T>, factsOf?: (result: T) => StepFacts) => Promise<T>;
  /** Returns the tracer for the steps that belong to this provider and model. */
  readonly of: (subject: Pick<StepStart, 'provider' | 'model'>) => Tracer;
}

/** An `onStep` that throws does not affect the call. */
export function createTracer(onStep: OnStep | undefined, start: StepStart): Tracer {
  return {
    of: ({ provider, model }) => createTracer(onStep, { ...start, provider, model }),
    async step(name, work, factsOf = () => ({})) {
      const end = ignoreErrors(() => onStep?.(name, start));
      try {
        const result = await work();
        ignoreErrors(() => end?.({ facts: factsOf(result) }));
        return result;
      } catch (error) {
        ignoreErrors(() => end?.({ facts: {}, code: codeOf(error) }));
        throw error;
      }
    },
  };
}

/** Runs a callback of the caller. Ignores what it throws, directly or through a promise (or anything with a `then`). */
export function ignoreErrors<T>(work: () => T): T | undefined {
  try {
    const result = work();
    void Promise.resolve(result).catch(() => undefined);
    return result;
  } catch {
    return undefined; // an error of the caller's own code, see above
  }
}

/** Returns what may be reported about a prompt. */
export async function factsOfPrompt(prompt: string): Promise<StepFacts> {
  return { promptLength: prompt.length, promptHash: (await sha256(new TextEncoder().encode(prompt))).slice(0, 16) };
}
