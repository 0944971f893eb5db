/** A worker that runs one regular expression on texts and times it. A runaway expression stops only with its worker. */
import { parentPort } from 'node:worker_threads';

export interface Order {
  readonly source: string;
  readonly flags: string;
  readonly texts: readonly string[];
  readonly limitMs: number;
}

export interface Outcome {
  /** The text that took longest, and the processor time that the fastest of up to three runs took. */
  readonly slowest: number;
  readonly ms: number;
  readonly error?: string;
}

parentPort?.on('message', (order: Order) => parentPort?.postMessage(run(order)));

function run({ source, flags, texts, limitMs }: Order): Outcome {
  const expression = new RegExp(source, flags);
  let worst: Outcome = { slowest: -1, ms: 0 };
  for (const [index, text] of texts.entries()) {
    try {
      // A garbage collection may fall into one run, hardly into three, and takes less than half a second.
      let ms = time(expression, text);
      for (let again = 0; again < 2 && ms > limitMs && ms < 10 * limitMs; again++)
        ms = Math.min(ms, time(expression, text));
      if (ms > worst.ms) worst = { slowest: index, ms };
      if (ms > limitMs) return worst;
    } catch (error) {
      return { slowest: index, ms: Number.POSITIVE_INFINITY, error: String(error) };
    }
  }
  return worst;
}

/**
 * Finds all matches of a global expression, as `replaceAll` and `matchAll` do; otherwise the first one.
 * @returns milliseconds of processor time, which other programs on the machine do not add to
 */
function time(expression: RegExp, text: string): number {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  if (expression.global) text.replace(expression, '');
  else expression.exec(text);
  expression.lastIndex = 0;
  const { user, system } = process.cpuUsage(before);
  // The time of all threads of this process: more than this thread's own where another one works beside it.
  return Math.min((user + system) / 1_000, performance.now() - startedAt);
}
