/** What a manager tells about its work, without a word of the prompt. */
import type { AiImageErrorCode } from '../providers/protocol/index.ts';
import { sha256 } from './steps/cache.ts';

/** `call` is the whole of it; the others are in it, in this order. */
export const MANAGER_STEPS = [
  'call',
  'compose',
  'plan',
  'policy',
  'route',
  'cache',
  'budget',
  'generate',
  'keep',
] as const;
export type ManagerStep = (typeof MANAGER_STEPS)[number];

export type StepFacts = Readonly<Record<string, string | number | boolean>>;

/** How a step ended. */
export interface StepEnd {
  readonly facts: StepFacts;
  readonly code?: AiImageErrorCode | undefined;
}

/** @param call the same for all steps of one call */
export type OnStep = (
  step: ManagerStep,
  facts: StepFacts & { readonly call: string },
) => ((end: StepEnd) => void) | undefined;

/** What of a failure is told. */
const codeOf = (error: unknown): AiImageErrorCode =>
  typeof error === 'object' && error !== null && 'code' in error ? (error.code as AiImageErrorCode) : 'internal';

export interface Tracer {
  /** Runs one step under the eyes of whoever watches. @param told what is said of its result */
  readonly step: <T>(name: ManagerStep, work: () => T | Promise<T>, told?: (result: T) => StepFacts) => Promise<T>;
}

/** A watcher that fails costs nobody a picture. */
export function createTracer(onStep: OnStep | undefined, call: string, facts: StepFacts = {}): Tracer {
  return {
    async step(name, work, told = () => ({})) {
      const end = quietly(() => onStep?.(name, { ...facts, call }));
      try {
        const result = await work();
        quietly(() => end?.({ facts: told(result) }));
        return result;
      } catch (error) {
        quietly(() => end?.({ facts: {}, code: codeOf(error) }));
        throw error;
      }
    },
  };
}

/** Runs a function of the caller's. What it throws, at once or by a promise (or anything with a `then`), is its own affair. */
export function quietly<T>(work: () => T): T | undefined {
  try {
    const result = work();
    void Promise.resolve(result).catch(() => undefined);
    return result;
  } catch {
    return undefined; // its own affair, see above
  }
}

/** What may be said of a prompt. */
export async function factsOfPrompt(prompt: string): Promise<StepFacts> {
  return { promptLength: prompt.length, promptHash: (await sha256(new TextEncoder().encode(prompt))).slice(0, 16) };
}
