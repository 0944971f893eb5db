/** Hosts of the tests: each has a store, a manager, a queue and workers with short waits, as one process has. Imports no test runner. */
import { randomUUID } from 'node:crypto';
import { createImageManager, type ManagerSettings } from '../../../src/index.ts';
import type { ImageManager, ManagerRequest } from '../../../src/manager/index.ts';
import { createEmbeddedEngine } from '../../../src/queue/embedded/create-embedded-engine.ts';
import type { Worker, WorkerEvent, WorkerSettings } from '../../../src/queue/index.ts';
import type { NewWork, QueueEngine } from '../../../src/queue/queue-engine.ts';
import { createWorkerLoop, type WorkerParts } from '../../../src/queue/worker/create-worker-loop.ts';
import { PACE, type Pace } from '../../../src/queue/worker/pace.ts';
import { createStore, type Store, type StoreSettings } from '../../../src/store/index.ts';
import { type LedgerAccess, ledgerAccessOf } from '../../../src/store/ledger-access.ts';

/** Waits of milliseconds, so that tests wait for events and not for time. */
export const QUICK: Pace = {
  ...PACE,
  retryMs: 10,
  heldMs: 10,
  troubleMs: 5,
  maxTroubleMs: 40,
  idleMs: 10,
  maxIdleMs: 50,
};

export interface HostSettings extends Partial<Omit<ManagerSettings, 'store' | 'providers'>> {
  readonly providers: ManagerSettings['providers'];
  readonly store?: Partial<StoreSettings>;
  /** Replaces methods of the engine. */
  readonly engine?: (engine: QueueEngine) => Partial<QueueEngine>;
  /** How far the clock of the queue is ahead: a worker whose clock is ahead takes work whose lease has not ended. */
  readonly aheadMs?: number;
}

/** Events of a worker. */
export interface EventLog {
  readonly events: readonly WorkerEvent[];
  readonly onEvent: (event: WorkerEvent) => void;
  /** Returns the types of the events, without `started`. */
  readonly types: () => readonly WorkerEvent['type'][];
  /** Resolves with the first event of this type, also if it has happened. */
  readonly first: <Type extends WorkerEvent['type']>(type: Type) => Promise<Extract<WorkerEvent, { type: Type }>>;
}

export function logEvents(): EventLog {
  const events: WorkerEvent[] = [];
  const listeners = new Set<() => void>();
  return {
    events,
    onEvent(event) {
      events.push(event);
      for (const listener of [...listeners]) listener();
    },
    types: () => events.map(({ type }) => type).filter((type) => type !== 'started'),
    first: (type) =>
      new Promise((resolve) => {
        const look = () => {
          const found = events.find((event) => event.type === type);
          if (found === undefined) return;
          listeners.delete(look);
          resolve(found as never);
        };
        listeners.add(look);
        look();
      }),
  };
}

export interface Host {
  readonly store: Store;
  readonly manager: ImageManager;
  readonly engine: QueueEngine;
  readonly access: LedgerAccess;
  readonly enqueue: (request?: Partial<ManagerRequest>, work?: Partial<NewWork>) => Promise<string>;
  readonly worker: (settings?: Partial<WorkerSettings>, parts?: Partial<WorkerParts>) => Worker & { log: EventLog };
  /** Delivers work again, as if its last acknowledgement had been lost. */
  readonly redeliver: (id: string) => Promise<void>;
  readonly stateOf: (id: string) => Promise<string | undefined>;
  /** Stops the workers, and closes everything. */
  readonly close: () => Promise<void>;
}

/** @param directory of the store */
export function openHost(
  directory: string,
  { store: storeSettings, engine: replace, aheadMs = 0, ...settings }: HostSettings,
): Host {
  const store = createStore({ directory, marks: 'none', ...storeSettings });
  const manager = createImageManager({ ...settings, store });
  const access = ledgerAccessOf(store, 'the test');
  const own = createEmbeddedEngine({ ...access, now: () => access.now() + aheadMs });
  const engine = { ...own, ...replace?.(own) };
  const workers: Worker[] = [];
  return {
    store,
    manager,
    engine,
    access,
    async enqueue(request = {}, work = {}) {
      const id = randomUUID();
      const payload = JSON.stringify({ prompt: `a red fox, ${id.slice(0, 8)}`, size: '64x64', ...request });
      const { provider } = request;
      const more = { ...(provider !== undefined && { provider }), ...work };
      await own.add([
        { id, queue: 'images', payload, version: 1, priority: 0, runAtMs: access.now() + aheadMs, ...more },
      ]);
      return id;
    },
    worker(workerSettings = {}, parts = {}) {
      const log = logEvents();
      const worker = createWorkerLoop(
        { manager, onEvent: log.onEvent, ...workerSettings },
        {
          engine,
          versions: [1],
          readRequest: async ({ payload }) => ({ request: JSON.parse(payload) }),
          pace: QUICK,
          ...parts,
        },
      );
      workers.push(worker);
      return { ...worker, log };
    },
    async redeliver(id) {
      const database = await access.database();
      await database.run("UPDATE work SET state = 'waiting', is_ready = 1, ended_at = NULL WHERE id = ?", id);
    },
    stateOf: async (id) => (await own.find(id))?.state,
    async close() {
      for (const worker of workers) await worker.stop(0);
      await manager.close({ deadlineMs: 0 });
      await own.close();
      await store.close();
    },
  };
}
