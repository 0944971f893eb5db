/** Time, as the tools use it. Tests pass their own. */

export interface ToolClock {
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  /** Calls the function after this time. @returns a function that prevents it */
  readonly after: (ms: number, call: () => void) => () => void;
}

export const PLATFORM_CLOCK: ToolClock = {
  now: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};
