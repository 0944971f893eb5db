/** Shared by the tests of usage sinks: a store with a manager and a delivery, in a file or in PostgreSQL, and sinks that tests control. */
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { createImageManager, type ImageManager } from '../../src/index.ts';
import type { ManagerSettings } from '../../src/manager/index.ts';
import { createStore, type DatabaseOptions, type Store, type StoreSettings } from '../../src/store/index.ts';
import {
  createUsageDelivery,
  type UsageDelivery,
  type UsageDeliverySettings,
  type UsageRecord,
  type UsageSink,
} from '../../src/usage/index.ts';
import { PaidProvider } from '../manager/support.ts';
import { schemaOf } from '../store/databases.ts';

export type Place = 'a file' | 'PostgreSQL';

export interface Shop {
  readonly store: Store;
  readonly usage: UsageDelivery;
  readonly manager: ImageManager;
  readonly close: () => Promise<void>;
}

export interface ShopParams extends Partial<Omit<UsageDeliverySettings, 'store' | 'sinks'>> {
  readonly settings?: Partial<StoreSettings>;
  readonly manager?: Partial<ManagerSettings>;
  readonly pool?: DatabaseOptions['pool'] | undefined;
}

/** @param folder a temporary folder; shops in the same folder share a store */
export function useShops(folder: () => string) {
  const shops: Shop[] = [];
  afterEach(async () => {
    for (const shop of shops.splice(0)) await shop.close();
  });
  /** Without a wish, an interval is so long that only `flush` and the costs of this process start a delivery. */
  return (sinks: readonly UsageSink[], { settings, manager: more, pool, ...delivery }: ShopParams = {}): Shop => {
    const directory = join(folder(), 'images');
    const store = createStore({
      directory,
      ...(pool && { database: { pool, schema: schemaOf(directory) } }),
      ...settings,
    });
    const usage = createUsageDelivery({ store, sinks, intervalMs: 3_600_000, ...delivery });
    const manager = createImageManager({ providers: { paid: new PaidProvider() }, store, ...more });
    let closed: Promise<void> | undefined;
    const close = async () => {
      await manager.close();
      await usage.close();
      await store.close();
    };
    const shop = { store, usage, manager, close: () => (closed ??= close()) };
    shops.push(shop);
    return shop;
  };
}

export interface TestSink extends UsageSink {
  /** All delivered records, in order. */
  readonly records: readonly UsageRecord[];
  readonly batches: readonly (readonly UsageRecord[])[];
  /** Rejects deliveries with this error; `undefined` accepts them again. */
  failWith(error: Error | undefined): void;
  /** Resolves with the number of delivered or refused batches, as soon as there are so many. */
  calls(count: number): Promise<void>;
}

export function createSink(name = 'test'): TestSink {
  const batches: (readonly UsageRecord[])[] = [];
  const waiting: { readonly count: number; readonly done: () => void }[] = [];
  let failure: Error | undefined;
  let count = 0;
  return {
    name,
    batches,
    get records() {
      return batches.flat();
    },
    failWith(error) {
      failure = error;
    },
    calls: (wanted) =>
      new Promise((done) => {
        if (count >= wanted) done();
        else waiting.push({ count: wanted, done });
      }),
    async record(records) {
      count++;
      try {
        if (failure) throw failure;
        batches.push(records);
      } finally {
        for (const each of waiting) if (count >= each.count) each.done();
      }
    },
  };
}

/** A sink that never answers, and ignores its signal. */
export function createHangingSink(name = 'hanging'): UsageSink & { readonly called: Promise<void> } {
  let call = (): void => undefined;
  const called = new Promise<void>((done) => {
    call = done;
  });
  return {
    name,
    called,
    record() {
      call();
      return new Promise(() => undefined);
    },
  };
}

/** A record for tests of one sink. */
export const recordOf = (id: string, more: Partial<UsageRecord> = {}): UsageRecord => ({
  ...{ id, call: id, revision: 1, isCorrection: false, at: '2026-11-29T12:00:00.000Z' },
  ...{ recordedAt: '2026-11-29T12:00:07.000Z', provider: 'paid', model: 'model-1', images: 1, costUsd: '0.040000' },
  ...{ basis: 'reported', artifacts: [] },
  ...more,
});
