/** Tools of the tests: each host has a manager and a store of its own, as one process has. All hosts of a test share one directory. */
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type AiImageProvider, createImageManager, type ImageManager } from '../../src/index.ts';
import { createStore, type Store } from '../../src/store/index.ts';
import type { ToolClock } from '../../src/tool/calls/clock.ts';
import { assembleImageTools } from '../../src/tool/create-image-tools.ts';
import type { ImageTools, ToolCallContext } from '../../src/tool/image-tools.ts';
import type { ImageToolsSettings } from '../../src/tool/settings.ts';
import type { GeneratedData, RunningData, ToolFailure, ToolResult } from '../../src/tool/tool-result.ts';
import { useFolder } from '../store/support.ts';

export interface ToolHost extends ImageTools {
  readonly manager: ImageManager;
  readonly store: Store;
  readonly clock: TestClock;
  /** Calls `generate_image` for a small red fox, with these arguments beside it. */
  readonly generate: (more?: object, context?: ToolCallContext) => Promise<ToolResult>;
  /** Ends the manager and the store, as the end of a process does. */
  readonly end: () => Promise<void>;
}

export interface ToolHostSettings extends Partial<ImageToolsSettings> {
  readonly providers?: never;
  readonly vendors: Readonly<Record<string, AiImageProvider>>;
  readonly profiles?: Parameters<typeof createImageManager>[0]['profiles'];
}

/** A clock that moves only when a test says so. */
export interface TestClock extends ToolClock {
  /** Calls what is due, in order. */
  readonly move: (ms: number) => void;
  /** Resolves when a call waits for a time, so that moving the clock has an effect. */
  readonly isAwaited: (ms: number) => Promise<void>;
}

export function createTestClock(): TestClock {
  let now = 0;
  const waits = new Set<{ readonly at: number; readonly call: () => void }>();
  const watchers = new Set<() => void>();
  return {
    now: () => now,
    after(ms, call) {
      const wait = { at: now + ms, call };
      waits.add(wait);
      for (const watch of watchers) watch();
      return () => waits.delete(wait);
    },
    move(ms) {
      const end = now + ms;
      const next = () => [...waits].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      for (let wait = next(); wait !== undefined; wait = next()) {
        waits.delete(wait);
        now = Math.max(now, wait.at);
        wait.call();
      }
      now = end;
    },
    async isAwaited(ms) {
      const found = Promise.withResolvers<void>();
      const watch = () => {
        if ([...waits].some(({ at }) => at === now + ms)) found.resolve();
      };
      watchers.add(watch);
      watch();
      await found.promise;
      watchers.delete(watch);
    },
  };
}

export function useToolHosts(): (settings: ToolHostSettings) => ToolHost {
  const folder = useFolder();
  const hosts: ToolHost[] = [];
  afterEach(async () => {
    for (const host of hosts.splice(0).reverse()) await host.end();
  });
  return ({ vendors, profiles, ...settings }) => {
    const clock = createTestClock();
    const store = settings.store ?? createStore({ directory: join(folder(), 'my images'), marks: 'none' });
    const manager =
      settings.manager ?? createImageManager({ providers: vendors, store, ...(profiles && { profiles }) });
    const tools = assembleImageTools({ ...settings, manager, store }, clock);
    let isOver = false;
    const host: ToolHost = {
      ...{ ...tools, manager, store, clock },
      generate: (more = {}, context = {}) =>
        tools.call('generate_image', { prompt: 'a red fox', size: '64x64', ...more }, context),
      async end() {
        if (isOver) return;
        isOver = true;
        await manager.close({ deadlineMs: 0 });
        await store.close();
      },
    };
    hosts.push(host);
    return host;
  };
}

/** @throws if the call has failed or still runs */
export function doneData(result: ToolResult): GeneratedData {
  const data = result.data as GeneratedData | RunningData;
  if (result.success && data.status === 'done') return data;
  throw new Error(`not done: ${JSON.stringify(result)}`);
}

/** @throws if the call has ended */
export function runningData(result: ToolResult): RunningData {
  const data = result.data as GeneratedData | RunningData;
  if (result.success && data.status === 'running') return data;
  throw new Error(`not running: ${JSON.stringify(result)}`);
}

/** @throws if the call has succeeded */
export function failureOf(result: ToolResult): ToolFailure {
  if (!result.success) return result;
  throw new Error(`it succeeded: ${JSON.stringify(result)}`);
}

/** A promise that a test keeps from settling. */
export interface Gate {
  readonly open: () => void;
  readonly isOpen: Promise<void>;
}

export function createGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, isOpen: promise };
}
