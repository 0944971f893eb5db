/** Fetches the images of jobs that an earlier process of the server left open. Sends no request that costs money. */
import type { ImageManager } from '../../../index.ts';
import { ownerOf, readCallId } from './calls/call-ids.ts';
import { type CallSources, describeCall } from './calls/describe-call.ts';
import type { RunEvents } from './run-events.ts';

export interface ResumeSettings extends CallSources {
  readonly manager: Pick<ImageManager, 'resumeAll' | 'findCall'>;
  /** The names of all tokens. */
  readonly tokens: readonly string[];
  /** A run of this process reports its own end. */
  readonly isRunning: (call: string) => boolean;
  readonly events: Pick<RunEvents, 'add'>;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
  /** Ends the fetching; the jobs stay open. */
  readonly signal: AbortSignal;
}

export async function resumeOpenJobs(settings: ResumeSettings): Promise<void> {
  const { manager, tokens, isRunning, events, now, onError, signal } = settings;
  const tokenByOwner = new Map<string, string>();
  for (const token of tokens) tokenByOwner.set(await ownerOf(token), token);
  const outcomes = await manager.resumeAll({ signal });
  if (signal.aborted) return;
  for (const outcome of outcomes) if ('error' in outcome) onError(outcome.error);
  // A call may have several jobs.
  for (const call of new Set(outcomes.flatMap(({ job }) => readCallId(job.id)?.call ?? []))) {
    const token = tokenByOwner.get(readCallId(call)?.owner ?? '');
    if (token === undefined || isRunning(call)) continue;
    const run = await describeCall(call, token, settings);
    if (run?.state !== 'done' && run?.state !== 'failed' && run?.state !== 'unknown') continue;
    events.add({ at: new Date(now()).toISOString(), type: run.state, run });
  }
}
