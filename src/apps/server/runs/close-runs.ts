/** Ends the runs of a server that closes. */
import { closingReason } from './interruptions.ts';
import type { RunEntry } from './run-entry.ts';

const DEADLINE_MS = 25_000;
/** How long aborted calls may take to record their end. */
const SETTLE_MS = 2_000;

/** Lets running calls end until the deadline, then aborts them. Calls that wait for a place are aborted at once: nothing was sent for them. */
export async function closeRuns(entries: readonly RunEntry[], deadlineMs = DEADLINE_MS): Promise<void> {
  const open = entries.filter(({ attempt }) => attempt !== undefined);
  const ended = Promise.allSettled(open.map(({ attempt }) => attempt?.result));
  for (const { state, attempt } of open) if (state === 'waiting') attempt?.abort.abort(closingReason());
  if (await endsWithin(ended, deadlineMs)) return;
  for (const { attempt } of open) attempt?.abort.abort(closingReason());
  await endsWithin(ended, SETTLE_MS);
}

async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const timeout = Promise.withResolvers<false>();
  const timer = setTimeout(timeout.resolve, ms, false);
  try {
    return await Promise.race([work.then(() => true), timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
