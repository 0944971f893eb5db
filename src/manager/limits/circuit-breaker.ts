/** Contract S2: pauses a provider after repeated failures, then lets one call test it. */
import type { AiImageErrorCode } from '../../providers/protocol/index.ts';
import type { BreakerSettings } from '../interfaces/limits.ts';

/** Failures of the provider itself. A faulty request, key or account says nothing about its health. */
const COUNTED: readonly AiImageErrorCode[] = [
  'unavailable',
  'rate_limited',
  'timeout',
  'outcome_unknown',
  'bad_response',
];

export interface CircuitBreaker {
  /** Returns whether a call may be made now. After the pause one test call is admitted; the others wait for its result. */
  readonly admit: (provider: string) => boolean;
  readonly isPaused: (provider: string) => boolean;
  /** Returns how long the pause still lasts, in milliseconds. 0 while a test call is running. */
  readonly pauseLeftMs: (provider: string) => number;
  /** Returns why the provider should be tried last, for people. */
  readonly warningFor: (provider: string) => string | undefined;
  /** Notes the result of a health check. An unhealthy provider is not refused, only tried last. */
  readonly noteHealth: (provider: string, isHealthy: boolean) => void;
  /** @param code the code of the failure; absent after a success */
  readonly report: (provider: string, code?: AiImageErrorCode) => void;
}

interface State {
  failures: number;
  /** When the pause began. */
  pausedAt: number | undefined;
  isUnhealthy: boolean;
  /** A test call is running. */
  isTesting: boolean;
}

/** @param now a monotonic clock, in milliseconds */
export function createCircuitBreaker(
  { maxFailures = 5, pauseMs = 30_000 }: BreakerSettings,
  now: () => number,
): CircuitBreaker {
  const states = new Map<string, State>();
  const stateOf = (provider: string): State => {
    const known = states.get(provider) ?? { failures: 0, pausedAt: undefined, isUnhealthy: false, isTesting: false };
    states.set(provider, known);
    return known;
  };
  const isPaused = (provider: string) => {
    const { pausedAt, isTesting } = stateOf(provider);
    return pausedAt !== undefined && (isTesting || now() - pausedAt < pauseMs);
  };
  return {
    isPaused,
    pauseLeftMs(provider) {
      const { pausedAt, isTesting } = stateOf(provider);
      return pausedAt === undefined || isTesting ? 0 : Math.max(pauseMs - (now() - pausedAt), 0);
    },
    warningFor(provider) {
      if (isPaused(provider)) return 'it is paused after repeated failures';
      return stateOf(provider).isUnhealthy ? 'its last health check reported a problem' : undefined;
    },
    noteHealth(provider, isHealthy) {
      stateOf(provider).isUnhealthy = !isHealthy;
    },
    admit(provider) {
      if (isPaused(provider)) return false;
      const state = stateOf(provider);
      if (state.pausedAt !== undefined) state.isTesting = true;
      return true;
    },
    report(provider, code) {
      const state = stateOf(provider);
      const wasTest = state.isTesting;
      state.isTesting = false;
      if (code !== undefined && !COUNTED.includes(code)) return;
      if (code === undefined) Object.assign(state, { failures: 0, pausedAt: undefined, isUnhealthy: false });
      else if (++state.failures >= maxFailures || wasTest) state.pausedAt = now();
    },
  };
}
