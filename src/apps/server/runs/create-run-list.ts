/** Starts calls once, and finds them again. */
import type { ImageManager, ManagerRequest } from '../../../index.ts';
import type { Queue } from '../../../queue/index.ts';
import type { Store } from '../../../store/index.ts';
import { HttpFault } from '../http/http-fault.ts';
import type { ImageServerSettings, ServerLimits } from '../settings.ts';
import { applyCallerRules } from './caller-rules.ts';
import { hashOf, keyedCallId, ownerOf, randomCallId, readCallId } from './calls/call-ids.ts';
import { describeCall } from './calls/describe-call.ts';
import { keyReusedFault } from './calls/perform-call.ts';
import { mayRunAgain } from './calls/perform-queued-call.ts';
import { createRequestRecords } from './calls/request-records.ts';
import { closeRuns } from './close-runs.ts';
import { cancelReason, closingReason, pause as pauseForReal } from './interruptions.ts';
import { createOneAtATime } from './one-at-a-time.ts';
import { createPlaces, type Place } from './places.ts';
import { resumeOpenJobs } from './resume-open-jobs.ts';
import { createRunEntry, factsOf, mayBeSentAgain, type RunEntry, toSummary } from './run-entry.ts';
import { createRunEvents } from './run-events.ts';
import { createRunLauncher } from './run-launcher.ts';
import type { Run, RunList, RunStart } from './run-list.ts';
import { spreadStarts } from './spread-starts.ts';
import { createUnstoredImages } from './unstored-images.ts';

export interface RunListSettings {
  readonly manager: ImageManager;
  readonly store: Store;
  readonly queue?: Queue | undefined;
  /** The names of all tokens. Calls of other tokens are not found. */
  readonly tokens: readonly string[];
  readonly limits: Required<ServerLimits>;
  readonly now: () => number;
  readonly onUnstored?: ImageServerSettings['onUnstored'];
  readonly onError: (error: unknown) => void;
  /** Waits between two looks at a call of another process. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const MAX_RUNS = 1_000;
const PRUNE_INTERVAL_MS = 10 * 60_000;
const RETRY_AFTER_MS = 5_000;
/** Some programs repeat every answer of 500 and above, and do not say that it is a repetition. A person takes longer. */
const UNMARKED_REPEAT_MS = 60_000;

/** @throws AiImageError `not_configured`: `createStore` did not return the store */
export function createRunList(settings: RunListSettings): RunList {
  const { manager, store, queue, tokens, limits, now, onError, pause = pauseForReal } = settings;
  const { callsPerToken, waitingPerToken } = limits;
  const records = createRequestRecords(store, now);
  // With a queue, the workers decide how many calls run.
  const places = createPlaces(
    queue ? { callsPerToken: callsPerToken + waitingPerToken, waitingPerToken: 0 } : { callsPerToken, waitingPerToken },
  );
  const events = createRunEvents();
  const sources = { manager, store, queue, keepsPrompts: records.keepsPrompts };
  const inOrder = createOneAtATime();
  const closing = new AbortController();
  /** By call id, the oldest first. */
  const entries = new Map<string, RunEntry>();
  /** The latest call of each request, by token and hash. */
  const latest = new Map<string, RunEntry>();
  const background = new Set<Promise<void>>();
  const unstored = createUnstoredImages(settings);
  const launcher = createRunLauncher({ manager, store, queue, events, now, pause, unstored, onEnd: removeOldest });
  let prunedAtMs = Number.NEGATIVE_INFINITY;

  function removeOldest(): void {
    for (const entry of entries.values()) {
      if (entries.size <= MAX_RUNS) return;
      if (entry.attempt !== undefined) continue;
      entries.delete(entry.id);
      if (latest.get(latestKey(entry)) === entry) latest.delete(latestKey(entry));
    }
  }

  function refuseWhileClosing(): void {
    if (!closing.signal.aborted) return;
    throw new HttpFault(503, 'server_closing', 'The server is shutting down. Nothing was sent.', busyDetails());
  }

  function takePlace(token: string): Place {
    const place = places.take(token);
    if (place) return place;
    const message = 'Too many calls of this token are running or waiting. Nothing was sent. Try again later.';
    throw new HttpFault(503, 'overloaded', message, busyDetails());
  }

  /** Runs in the background until the server closes. */
  function runAside(work: Promise<void>): Promise<void> {
    const ended = work.catch((error: unknown) => {
      if (!closing.signal.aborted) onError(error);
    });
    background.add(ended);
    return ended.finally(() => background.delete(ended));
  }

  function pruneSometimes(): void {
    if (now() - prunedAtMs < PRUNE_INTERVAL_MS) return;
    prunedAtMs = now();
    void runAside(records.prune());
  }

  /** @returns whether the call is recorded, and whether it may have to be sent */
  async function lookUp(id: string): Promise<{ readonly isKnown: boolean; readonly maySend: boolean }> {
    const work = await queue?.find(id);
    if (work) return { isKnown: true, maySend: mayRunAgain(work) };
    const call = await manager.findCall(id);
    return { isKnown: call !== undefined, maySend: call === undefined || call.charged === 'no' };
  }

  function add(id: string, { request, caller, identity }: RunStart): RunEntry {
    const facts = factsOf(request, records.keepsPrompts);
    const entry = createRunEntry({ id, token: caller.name, hash: identity.hash, startedAtMs: now(), facts });
    entries.set(id, entry);
    latest.set(latestKey(entry), entry);
    return entry;
  }

  /**
   * Finds the call that a request without a key repeats, whatever the records say. A marked repetition joins a call that still runs, however
   * long. A call whose outcome is unknown may have been charged: a request that follows at once is taken for its repetition.
   */
  function findRepeated({ caller, identity }: RunStart): RunEntry | undefined {
    const entry = latest.get(latestKey({ token: caller.name, hash: identity.hash }));
    if (identity.isRetry) return entry?.attempt && entry;
    const isRecent = entry?.state === 'unknown' && now() - (entry.unknownSinceMs ?? 0) < UNMARKED_REPEAT_MS;
    return isRecent ? entry : undefined;
  }

  async function join(entry: RunEntry, start: RunStart, ready: () => Promise<ManagerRequest>): Promise<Run> {
    if (entry.attempt === undefined && entry.unstored === undefined) {
      const request = await ready();
      const place = mayBeSentAgain(entry) ? takePlace(entry.token) : undefined;
      launcher.launch(entry, { ...toLimits(start), request, place });
    }
    return toRun(entry, true);
  }

  async function startOnce(start: RunStart, call: string, identity: string): Promise<Run> {
    refuseWhileClosing();
    const { caller } = start;
    const { key, hash, isRetry } = start.identity;
    const ready = () => applyCallerRules(start.request, caller, manager);
    const known = entries.get(call);
    if (known) {
      if (known.hash !== hash) throw keyReusedFault();
      return join(known, start, ready);
    }
    const kind = key !== undefined ? 'keyed' : isRetry ? 'repeat' : 'first';
    const repeated = kind === 'keyed' ? undefined : findRepeated(start);
    if (repeated) return join(repeated, start, ready);
    const request = await ready();
    // A refused call must not replace the record of a call that runs. A repeated one takes no place of its own.
    let place = kind === 'first' ? takePlace(caller.name) : undefined;
    try {
      const claimed = await records.claim({ kind, identity, call, hash });
      pruneSometimes();
      if (claimed.hash !== hash) throw keyReusedFault();
      const running = entries.get(claimed.call);
      if (running) return await join(running, start, async () => request);
      const { isKnown, maySend } = claimed.isNew ? { isKnown: false, maySend: true } : await lookUp(claimed.call);
      if (maySend) place ??= takePlace(caller.name);
      refuseWhileClosing();
      const entry = add(claimed.call, start);
      launcher.launch(entry, { ...toLimits(start), request, place });
      return toRun(entry, isKnown);
    } catch (error) {
      place?.leave();
      throw error;
    }
  }

  return {
    async start(start) {
      refuseWhileClosing();
      const { name } = start.caller;
      const { key, hash } = start.identity;
      const call = key === undefined ? await randomCallId(name) : await keyedCallId(name, key);
      const identity = await hashOf(key === undefined ? ['body', name, hash] : ['key', name, key]);
      await spreadStarts();
      return inOrder(identity, () => startOnce(start, call, identity));
    },
    list: (token) =>
      [...entries.values()]
        .filter((entry) => token === undefined || entry.token === token)
        .reverse()
        .slice(0, MAX_RUNS)
        .map(toSummary),
    async find(id) {
      const entry = entries.get(id);
      if (entry) return toSummary(entry);
      const token = await tokenOf(id, tokens);
      if (token === undefined) return undefined;
      return describeCall(id, token, sources);
    },
    async cancel(id) {
      const entry = entries.get(id);
      if (queue) {
        if (entry === undefined && (await tokenOf(id, tokens)) === undefined) return false;
        const isCancelled = (await queue.cancel(id)) !== 'gone';
        if (entry?.attempt && isCancelled) entry.isCancelRequested = true;
        return isCancelled;
      }
      if (entry?.attempt === undefined || entry.state === 'done' || entry.isElsewhere) return false;
      entry.isCancelRequested = true;
      entry.attempt.abort.abort(cancelReason());
      return true;
    },
    events: (options) => events.follow(options),
    counts() {
      const states = [...entries.values()].flatMap(({ attempt, state }) => (attempt ? [state] : []));
      return {
        running: states.filter((state) => state === 'running').length,
        waiting: states.filter((state) => state === 'waiting').length,
      };
    },
    resumeOpenJobs: () =>
      runAside(
        resumeOpenJobs({
          ...{ ...sources, manager, tokens, events, now, onError, signal: closing.signal },
          isRunning: (call) => entries.get(call)?.attempt !== undefined,
        }),
      ),
    async close(deadlineMs) {
      closing.abort(closingReason());
      await closeRuns([...entries.values()], deadlineMs);
      await Promise.all(background);
      events.close();
    },
  };
}

const latestKey = ({ token, hash }: Pick<RunEntry, 'token' | 'hash'>): string => `${token} ${hash}`;

const toLimits = ({ deadlineMs, partialImages = 0 }: RunStart) => ({ deadlineMs, partialImages });

const busyDetails = () => ({ type: 'server_error', mayRetry: true, retryAfterMs: RETRY_AFTER_MS });

function toRun(entry: RunEntry, isAdopted: boolean): Run {
  const { id, attempt, unstored, listeners } = entry;
  return {
    ...{ id, isAdopted },
    summary: () => toSummary(entry),
    // Every caller launched it, or saw it running.
    result:
      attempt?.result ?? (unstored ? Promise.resolve(unstored) : Promise.reject(new Error('the call does not run'))),
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** @returns the token that a call belongs to, if it is one of this server */
export async function tokenOf(id: string, tokens: readonly string[]): Promise<string | undefined> {
  const owner = readCallId(id)?.owner;
  for (const token of tokens) if ((await ownerOf(token)) === owner) return token;
  return undefined;
}
