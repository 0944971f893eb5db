/** What the measured server and its parent agree on. */

/**
 * `ours`; one that parses and writes JSON in one piece; and two that only send the JSON they were given: `bare` with a faster `Response` that
 * Hono's adapter puts into the process, `bare-own` with the platform's, as in ours, which changes nothing global.
 */
export const SERVERS = ['ours', 'stringify', 'bare', 'bare-own'] as const;

/** What a server needed since the last report. */
export interface ServerReport {
  /** The highest resident memory of the process since its start. */
  readonly peakBytes: number;
  readonly residentBytes: number;
  /** Heap and buffers after a collection. */
  readonly heldBytes: number;
  /** The longest time in which the event loop did nothing else. */
  readonly longestStopMs: number;
  /** The same in processor time of the main thread, which does not count other programs, nor the disk. */
  readonly longestStopCpuMs: number;
  readonly cpuMs: number;
}

export const TOKEN = 'a-token-of-the-benchmark-0123456789abcdef';
