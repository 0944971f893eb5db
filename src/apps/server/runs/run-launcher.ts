/** Runs the attempts of calls. An attempt belongs to the server: it goes on when the request that started it ends. */
import {
  AiImageError,
  type ImageManager,
  type ManagedGeneration,
  type ManagerEvent,
  type ManagerRequest,
} from '../../../index.ts';
import type { Queue } from '../../../queue/index.ts';
import type { Store } from '../../../store/index.ts';
import { HttpFault } from '../http/http-fault.ts';
import { performCall } from './calls/perform-call.ts';
import { performQueuedCall } from './calls/perform-queued-call.ts';
import { isClosing, type WaitForMs } from './interruptions.ts';
import type { Place } from './places.ts';
import { noteDone, noteEvent, noteFailure, type RunEntry, toSummary } from './run-entry.ts';
import type { RunEvents } from './run-events.ts';
import type { RunEvent } from './run-list.ts';
import type { UnstoredImages } from './unstored-images.ts';

export interface RunLauncherSettings {
  readonly manager: Pick<ImageManager, 'generate' | 'findCall'>;
  readonly store: Store;
  readonly queue: Queue | undefined;
  readonly events: Pick<RunEvents, 'add'>;
  readonly now: () => number;
  readonly pause: WaitForMs;
  readonly unstored: UnstoredImages;
  /** Called after each attempt. */
  readonly onEnd: () => void;
}

export interface Launch {
  readonly request: ManagerRequest;
  readonly deadlineMs: number | undefined;
  readonly partialImages: number;
  /** The attempt waits for it, and leaves it at the end. */
  readonly place: Place | undefined;
}

export interface RunLauncher {
  /** Starts an attempt. A call that is done stays done: the attempt only reads its images. */
  readonly launch: (entry: RunEntry, launch: Launch) => void;
}

export function createRunLauncher(settings: RunLauncherSettings): RunLauncher {
  const { manager, store, queue, events, now, pause, unstored, onEnd } = settings;

  const tell = (entry: RunEntry, type: RunEvent['type'], more: Pick<RunEvent, 'progress' | 'partial'> = {}) =>
    events.add({ at: new Date(now()).toISOString(), type, run: toSummary(entry), ...more });

  function perform(
    entry: RunEntry,
    { request, deadlineMs, partialImages }: Launch,
    signal: AbortSignal,
  ): Promise<ManagedGeneration> {
    const { id } = entry;
    const isDone = entry.state === 'done';
    if (queue) {
      const onState = (state: 'waiting' | 'running') => {
        if (!isDone) entry.state = state;
      };
      return performQueuedCall({ id, request, deadlineMs, signal }, { queue, store, manager, now, pause, onState });
    }
    if (!isDone) entry.state = 'running';
    const onElsewhere = () => {
      entry.isElsewhere = true;
    };
    return performCall(
      manager,
      {
        ...{ id, request, deadlineMs, partialImages, signal, onElsewhere },
        onEvent(event) {
          const type = noteEvent(entry, event);
          if (type && !isDone) tell(entry, type, partsOf(event));
          for (const listener of entry.listeners) {
            try {
              listener(event);
            } catch {
              // The fault of one request must not keep the event from the others.
            }
          }
        },
      },
      pause,
    );
  }

  async function attempt(entry: RunEntry, launch: Launch, signal: AbortSignal): Promise<ManagedGeneration> {
    const isDone = entry.state === 'done';
    try {
      await launch.place?.wait(signal).catch(() => {
        throw notSentError(signal);
      });
      // Continues after `launch` has recorded the attempt, also without a place.
      await undefined;
      const generation = await perform(entry, launch, signal);
      await unstored.keep(entry, generation);
      if (!isDone) {
        noteDone(entry, generation, now());
        tell(entry, 'done');
      }
      return generation;
    } catch (error) {
      if (!isDone) {
        noteFailure(entry, error, now());
        tell(entry, endOf(entry));
      }
      throw error;
    } finally {
      launch.place?.leave();
      entry.attempt = undefined;
      entry.listeners.clear();
      onEnd();
    }
  }

  return {
    launch(entry, launch) {
      const abort = new AbortController();
      entry.isCancelRequested = false;
      entry.isElsewhere = false;
      if (entry.state !== 'done') {
        const { error: _, ...outcome } = entry.outcome;
        entry.outcome = outcome;
        entry.state = 'waiting';
        entry.endedAtMs = undefined;
        tell(entry, 'queued');
      }
      const result = attempt(entry, launch, abort.signal);
      // The request that waits for it may have ended.
      result.catch(() => undefined);
      entry.attempt = { result, abort };
    },
  };
}

function partsOf(event: ManagerEvent): Pick<RunEvent, 'progress' | 'partial'> {
  if (event.type === 'partial') {
    const { index, imageBytes, format } = event;
    return { partial: { index, imageBytes, format } };
  }
  return event.type === 'progress' && event.fraction !== undefined ? { progress: event.fraction } : {};
}

function endOf({ state }: RunEntry): 'failed' | 'unknown' | 'cancelled' {
  return state === 'unknown' || state === 'cancelled' ? state : 'failed';
}

/** The call had no place yet. */
function notSentError(signal: AbortSignal): Error {
  if (isClosing(signal)) {
    const message = 'The server is shutting down. Nothing was sent.';
    return new HttpFault(503, 'server_closing', message, { type: 'server_error', mayRetry: true, retryAfterMs: 5_000 });
  }
  return new AiImageError('aborted', 'the call was cancelled before it was sent', { charged: 'no' });
}
