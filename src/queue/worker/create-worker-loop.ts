/** The loop of a worker: claims work while it has free slots, runs it, and stops without losing what was paid for. */
import { hostname } from 'node:os';
import { AiImageError, isAiImageError } from '../../providers/protocol/errors.ts';
import type { Claim, QueueEngine } from '../queue-engine.ts';
import type { Worker, WorkerEvent, WorkerSettings, WorkerTotals } from '../worker.ts';
import { keepLease, type WorkLease } from './keep-lease.ts';
import { doubled, PACE, type Pace, randomChance, spread } from './pace.ts';
import { performWork, type WorkContext } from './perform-work.ts';
import { createPersistentWriter, sleep } from './persistent-writer.ts';
import { createProviderPauses } from './provider-pauses.ts';
import { pruneEnded } from './prune-ended.ts';
import { toTroubleError } from './to-work-error.ts';

/** What the loop needs of the queue, and of time and chance. */
export interface WorkerParts extends Pick<WorkContext, 'readRequest'> {
  readonly engine: QueueEngine;
  /** Versions of payloads that `readRequest` can read. */
  readonly versions: readonly number[];
  readonly pace?: Pace;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
  /** 0 to 1. @default random */
  readonly random?: () => number;
}

interface RunningWork {
  readonly lease: WorkLease;
  readonly ended: Promise<void>;
}

/** 30 days. */
const KEEP_ENDED_MS = 2_592_000_000;

export function createWorkerLoop(settings: Omit<WorkerSettings, 'queue'>, parts: WorkerParts): Worker {
  const { manager, concurrency = 4, queues, leaseMs = 60_000, maxFailures = 3, onEvent, onUnstored } = settings;
  const { keepEndedMs = KEEP_ENDED_MS, name = `${hostname()} ${process.pid}` } = settings;
  const { engine, readRequest, versions, pace = PACE, now = Date.now, random = randomChance } = parts;
  const stopping = new AbortController();
  const givenUp = new AbortController();
  const running = new Map<string, RunningWork>();
  /** The claims of `run`; `undefined` when it is not running. */
  let taking: Promise<void> | undefined;
  /** Why no further work can be done. */
  let fatalError: AiImageError | undefined;
  /** Until when the worker takes no work, because its own store failed. */
  let restUntil = 0;
  let storeFailures = 0;
  /** Resolves the wait of the loop when work ends. */
  let wake = Promise.withResolvers<void>();

  function emit(event: WorkerEvent): void {
    try {
      onEvent?.(event);
    } catch {
      // A listener must not stop the work.
    }
  }
  const onTrouble = (error: unknown) => emit({ type: 'trouble', error: toTroubleError(error) });
  const persistently = createPersistentWriter({ pace, random, givenUp: givenUp.signal, onTrouble });
  const context: WorkContext = {
    engine,
    manager,
    readRequest,
    maxFailures,
    pace,
    pauses: createProviderPauses({ engine, pace, now }),
    persistently,
    givenUp: givenUp.signal,
    emit,
    onTrouble,
    onUnstored,
    now,
    random,
  };

  function start(claim: Claim, totals: Record<keyof WorkerTotals, number>): void {
    const earlier = running.get(claim.id);
    const lease = keepLease(claim, { engine, leaseMs, onTrouble });
    const work: RunningWork = { lease, ended: run() };
    running.set(claim.id, work);

    async function run(): Promise<void> {
      try {
        // This worker was frozen, lost the work, and now has it again.
        earlier?.lease.interrupt('lost');
        await earlier?.ended;
        if (claim.attempt > 1) await lease.check();
        const { total, isOwnTrouble, closedError } = await performWork(claim, lease, context);
        if (total) totals[total]++;
        if (closedError) {
          fatalError ??= closedError;
          stopping.abort();
        }
        storeFailures = isOwnTrouble ? storeFailures + 1 : 0;
        if (isOwnTrouble)
          restUntil = now() + spread(doubled(pace.troubleMs, storeFailures, pace.maxTroubleMs), random());
      } catch (error) {
        // A bug. The lease ends, and the work is tried again.
        onTrouble(error);
      } finally {
        lease.end();
        if (running.get(claim.id) === work) running.delete(claim.id);
        wake.resolve();
      }
    }
  }

  /** Waits until work ends, work may have been added, the time is over, or the worker stops. */
  async function rest(ms: number, canClaim: boolean): Promise<void> {
    const resting = new AbortController();
    const onStop = () => resting.abort();
    stopping.signal.addEventListener('abort', onStop, { once: true });
    if (stopping.signal.aborted) resting.abort();
    try {
      const idle = canClaim ? engine.wait(ms, resting.signal) : sleep(ms, resting.signal);
      await Promise.race([idle.catch(() => sleep(ms, resting.signal)), wake.promise]);
    } finally {
      resting.abort();
      stopping.signal.removeEventListener('abort', onStop);
    }
  }

  /** @returns how many; `undefined`: the database failed */
  async function claim(count: number, totals: Record<keyof WorkerTotals, number>): Promise<number | undefined> {
    try {
      const params = { worker: name, leaseMs, count, versions, ...(queues && { queues }) };
      const claims = await engine.claim(params);
      if (stopping.signal.aborted) await Promise.all(claims.map((each) => persistently(() => engine.release(each))));
      else for (const each of claims) start(each, totals);
      return claims.length;
    } catch (error) {
      if (isAiImageError(error) && LASTING.includes(error.code)) throw error;
      onTrouble(error);
      return undefined;
    }
  }

  async function takeWork(until: 'forever' | 'once' | 'drained', totals: Record<keyof WorkerTotals, number>) {
    let failures = 0;
    let idle = 0;
    while (!stopping.signal.aborted) {
      wake = Promise.withResolvers();
      const restMs = restUntil - now();
      const free = until === 'once' ? 1 : concurrency - running.size;
      if (free <= 0) await wake.promise;
      else if (restMs > 0) await rest(restMs, false);
      else {
        const count = await claim(free, totals);
        failures = count === undefined ? failures + 1 : 0;
        if (count === undefined)
          await rest(spread(doubled(pace.troubleMs, failures - 1, pace.maxTroubleMs), random()), false);
        else if (until === 'once') return;
        else if (count === 0 && until === 'drained' && running.size === 0) return;
        // With fewer claims than free slots nothing more is ready.
        else if (count < free) {
          idle = count === 0 ? idle + 1 : 0;
          await rest(doubled(pace.idleMs, idle, pace.maxIdleMs), true);
        }
      }
    }
  }

  async function whenAllEnded(): Promise<void> {
    while (running.size > 0) await Promise.all(Array.from(running.values(), ({ ended }) => ended));
  }

  return {
    async run(until = 'forever') {
      if (!UNTIL.includes(until)) {
        throw new AiImageError('invalid_request', `run: unknown end ${JSON.stringify(until)}`, {
          charged: 'no',
          hint: `Use one of ${UNTIL.join(', ')}.`,
        });
      }
      if (taking) {
        throw new AiImageError('invalid_request', 'the worker is running already', {
          hint: 'Wait until run resolves, or create another worker.',
        });
      }
      const totals = { done: 0, dead: 0, unknown: 0, cancelled: 0, released: 0 };
      const pruning = pruneEnded({ engine, keepEndedMs, everyMs: pace.pruneEveryMs, now, onTrouble });
      try {
        taking = takeWork(until, totals);
        await taking;
      } finally {
        const pruned = pruning.end();
        await Promise.race([whenAllEnded().then(() => pruned), fired(givenUp.signal)]);
        taking = undefined;
      }
      if (fatalError) throw fatalError;
      return totals;
    },
    async stop(graceMs = 25_000) {
      stopping.abort();
      wake.resolve();
      // An error of the claims is thrown by `run`.
      const allEnded = Promise.resolve(taking).then(whenAllEnded, whenAllEnded);
      if (await isOverIn(graceMs, allEnded)) return;
      for (const { lease } of running.values()) lease.interrupt('stop');
      await isOverIn(pace.handBackMs, allEnded);
      givenUp.abort();
    },
  };
}

const UNTIL = ['forever', 'once', 'drained'] as const;

/** Errors of a claim that waiting does not end. */
const LASTING: readonly string[] = ['not_configured', 'invalid_request', 'unsupported'];

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** @returns whether the work ended in time */
async function isOverIn(ms: number, work: Promise<void>): Promise<boolean> {
  const tooLate = new AbortController();
  try {
    return await Promise.race([work.then(() => true), sleep(ms, tooLate.signal).then(() => false)]);
  } finally {
    tooLate.abort();
  }
}
