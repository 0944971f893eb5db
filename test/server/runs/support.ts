/** Run lists of the tests: each has a store and a manager of its own, as one process has. */
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { createRunList, type RunListSettings } from '../../../src/apps/server/runs/create-run-list.ts';
import type { CallIdentity, RunList, RunStart } from '../../../src/apps/server/runs/run-list.ts';
import { type AiImageProvider, createImageManager, type ImageManager } from '../../../src/index.ts';
import { createStore, type Store, type StoreSettings } from '../../../src/store/index.ts';
import { useFolder } from '../../store/support.ts';

export interface RunHost {
  readonly runs: RunList;
  readonly store: Store;
  readonly manager: ImageManager;
  readonly close: () => Promise<void>;
}

export interface RunHostSettings extends Partial<Omit<RunListSettings, 'store' | 'manager'>> {
  readonly providers: Readonly<Record<string, AiImageProvider>>;
  readonly database?: StoreSettings['database'];
}

export const LIMITS: RunListSettings['limits'] = {
  callsPerToken: 4,
  waitingPerToken: 32,
  requestsPerMinute: 600,
  maxJsonBytes: 1e6,
  maxUploadBytes: 1e6,
};

/** All hosts of a test share one directory. */
export function useRunHosts(): (settings: RunHostSettings) => RunHost {
  const folder = useFolder();
  const hosts: RunHost[] = [];
  afterEach(async () => {
    for (const host of hosts.splice(0).reverse()) await host.close();
  });
  return ({ providers, database, ...settings }) => {
    const store = createStore({ directory: join(folder(), 'images'), marks: 'none', ...(database && { database }) });
    const manager = createImageManager({ providers, store });
    const runs = createRunList({
      ...{ manager, store, tokens: ['ada', 'bob'], limits: LIMITS, now: () => Date.now(), onError: () => undefined },
      ...settings,
    });
    const host: RunHost = {
      ...{ runs, store, manager },
      async close() {
        await runs.close(0);
        await manager.close({ deadlineMs: 0 });
        await store.close();
      },
    };
    hosts.push(host);
    return host;
  };
}

/** A request of the token `ada`. */
export function requestOf(
  prompt: string,
  identity: Partial<CallIdentity> = {},
  caller: RunStart['caller'] = { name: 'ada' },
): RunStart {
  return {
    request: { prompt, size: '64x64' },
    caller,
    identity: { hash: `hash of ${prompt}`, isRetry: false, ...identity },
  };
}

/** Returns what the work rejects with. */
export const reasonOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
