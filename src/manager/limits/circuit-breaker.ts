/** Contract S2: a provider that fails again and again is left alone for a while, then asked once. */
import type { AiImageErrorCode } from '../../providers/protocol/index.ts';

/** The provider's own failures. What is wrong with a request, a key or an account says nothing about its health. */
const COUNTED: readonly AiImageErrorCode[] = [
  'unavailable',
  'rate_limited',
  'timeout',
  'outcome_unknown',
  'bad_response',
];

export interface BreakerSettings {
  /** Failures in a row. @default 5 */
  readonly failures?: number;
  /** How long it is left alone, in milliseconds. @default 30000 */
  readonly restMs?: number;
}

export interface CircuitBreaker {
  /** Whether it may be asked now; after its rest one call finds out, and others wait for what that says. */
  readonly admit: (provider: string) => boolean;
  readonly isResting: (provider: string) => boolean;
  /** Why it should be asked last, in words for a person. */
  readonly doubtAbout: (provider: string) => string | undefined;
  /** What it said of itself when it was asked. It is not refused for that, only asked last. */
  readonly noteHealth: (provider: string, isWell: boolean) => void;
  /** @param code of the failure; none when it went well */
  readonly report: (provider: string, code?: AiImageErrorCode) => void;
}

interface State {
  failures: number;
  openedAt: number | undefined;
  isUnwell: boolean;
  isProbed: boolean;
}

/** @param now milliseconds that only ever grow */
export function createCircuitBreaker(
  { failures: most = 5, restMs = 30_000 }: BreakerSettings,
  now: () => number,
): CircuitBreaker {
  const states = new Map<string, State>();
  const stateOf = (provider: string): State => {
    const known = states.get(provider) ?? { failures: 0, openedAt: undefined, isUnwell: false, isProbed: false };
    states.set(provider, known);
    return known;
  };
  const isResting = (provider: string) => {
    const { openedAt, isProbed } = stateOf(provider);
    return openedAt !== undefined && (isProbed || now() - openedAt < restMs);
  };
  return {
    isResting,
    doubtAbout(provider) {
      if (isResting(provider)) return 'it failed too often and is left alone for a while';
      return stateOf(provider).isUnwell ? 'it said that it is not well' : undefined;
    },
    noteHealth(provider, isWell) {
      stateOf(provider).isUnwell = !isWell;
    },
    admit(provider) {
      if (isResting(provider)) return false;
      const state = stateOf(provider);
      if (state.openedAt !== undefined) state.isProbed = true;
      return true;
    },
    report(provider, code) {
      const state = stateOf(provider);
      const wasProbe = state.isProbed;
      state.isProbed = false;
      if (code !== undefined && !COUNTED.includes(code)) return;
      if (code === undefined) Object.assign(state, { failures: 0, openedAt: undefined, isUnwell: false });
      else if (++state.failures >= most || wasProbe) state.openedAt = now();
    },
  };
}
