/** What of a store is open: each part from its first use, and again where it was closed or taken away. */
import type { FileOperations } from '../files/files.ts';
import type { Layout } from '../files/paths.ts';
import type { JobRecords } from '../interfaces.ts';
import { createPersistentJobRecords, type RecordSettings } from '../ledger/job-records.ts';
import { createLease, withLease } from '../sql/postgres/lease.ts';
import type { ReadySettings } from '../sql/postgres/settings.ts';
import type { Database } from '../sql/sql.ts';
import { isTorn } from '../sql/sqlite.ts';
import type { ArtifactStorage } from '../storage/artifact-storage.ts';
import { bindIndex, openShared, openSharedIndex, openSharedLedger } from './open-postgres.ts';
import {
  type OpenCatalog,
  type OpenedStore,
  openCatalog,
  openLedger,
  openStore,
  removeDatabase,
} from './open-store.ts';

export interface StoreResources {
  readonly opened: () => Promise<OpenedStore>;
  readonly money: () => Promise<Database>;
  readonly records: (settings: Pick<RecordSettings, 'now' | 'prompts'>) => Promise<JobRecords>;
  /** @param work may be done twice: where the catalog turns out torn or was taken away, it is made again first */
  readonly inCatalog: <T>(work: (open: OpenCatalog) => Promise<T>) => Promise<T>;
  /** Makes an index that several share that of this directory, whosever it was. */
  readonly takeIndex: () => Promise<void>;
  readonly closeMoney: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** @param settings of a database that several machines share; without them all is in the directory */
export function createResources(
  layout: Layout,
  files: FileOperations,
  shelf: ArtifactStorage,
  settings?: ReadySettings,
): StoreResources {
  const opened = once(() => openStore(layout, files));
  const shared = settings && once(() => openShared(settings));
  const lease =
    shared && once(async () => createLease((await shared()).ask, (await opened()).presence.token, settings));
  const money = once(async () =>
    shared ? openSharedLedger(await shared(), layout, await opened()) : openLedger(layout, await opened()),
  );
  const sharesIndex = settings?.index === 'database' ? shared : undefined;
  const catalog = once(async () =>
    sharesIndex
      ? openSharedIndex(await sharesIndex(), layout, await opened(), shelf)
      : openCatalog(layout, await opened(), shelf),
  );

  /** Whoever comes first does it for all. */
  async function openAgain(old: OpenCatalog, isBroken: boolean): Promise<OpenCatalog> {
    const now = await catalog();
    if (now !== old) return now;
    catalog.forget();
    const isOurs = old.isCurrent();
    await old.database.close();
    if (isBroken && isOurs) await removeDatabase(files, layout.catalog);
    return catalog();
  }

  async function closeMoney(): Promise<void> {
    const old = money.isOpen() ? await money().catch(() => undefined) : undefined;
    money.forget();
    await old?.close();
  }

  return {
    opened,
    money,
    async records(more) {
      const { token, isAlive } = (await opened()).presence;
      const database = await money();
      if (lease === undefined) return createPersistentJobRecords(database, { token, isAlive, ...more });
      const held = await lease();
      return withLease(createPersistentJobRecords(database, { token, isAlive: held.isAlive, ...more }), held);
    },
    async takeIndex() {
      if (sharesIndex) await bindIndex(await sharesIndex(), layout, await opened(), true);
    },
    closeMoney,
    async inCatalog(work) {
      const known = await catalog();
      const open = known.isCurrent() ? known : await openAgain(known, false);
      try {
        return await work(open);
      } catch (error) {
        if (!isTorn(error) && !isClosed(error)) throw error;
        return work(await openAgain(open, true));
      }
    },
    async close() {
      await closeMoney();
      const open = catalog.isOpen() ? await catalog().catch(() => undefined) : undefined;
      catalog.forget();
      await open?.database.close();
      // What cannot be said any more is over by itself.
      if (lease?.isOpen()) await (await lease().catch(() => undefined))?.leave().catch(() => undefined);
      lease?.forget();
      if (shared?.isOpen()) await (await shared().catch(() => undefined))?.close();
      shared?.forget();
      const directory = opened.isOpen() ? await opened().catch(() => undefined) : undefined;
      opened.forget();
      await directory?.close();
    },
  };
}

/** Another call has found it torn, and closed it. */
const isClosed = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ERR_INVALID_STATE';

interface Once<T> {
  (): Promise<T>;
  readonly isOpen: () => boolean;
  readonly forget: () => void;
}

/** Made at the first call; a failure is tried again by the next one. */
function once<T>(make: () => Promise<T>): Once<T> {
  let made: Promise<T> | undefined;
  const get = () => {
    if (made) return made;
    const making = make();
    made = making;
    making.catch(() => {
      if (made === making) made = undefined;
    });
    return making;
  };
  return Object.assign(get, {
    isOpen: () => made !== undefined,
    forget: () => {
      made = undefined;
    },
  });
}
