/** The open parts of a store. Each is opened on first use, and again after it was closed, deleted or damaged. */
import { callOf } from '../../providers/protocol/shared/call-ids.ts';
import type { FileOperations } from '../files/files.ts';
import type { Layout } from '../files/paths.ts';
import type { JobRecords } from '../interfaces/job-records.ts';
import { createPersistentJobRecords, type RecordSettings } from '../ledger/persistent-job-records.ts';
import { createLease, withLease } from '../locks/lease.ts';
import { isTakenOver } from '../locks/taken-over.ts';
import type { ResolvedDatabaseSettings } from '../sql/postgres/settings.ts';
import type { Database } from '../sql/sql.ts';
import { isCorrupt } from '../sql/sqlite.ts';
import type { ArtifactStorage } from '../storage/artifact-storage.ts';
import { type OpenCatalog, openCatalog, removeDatabase } from './open-catalog.ts';
import { openLedger } from './open-ledger.ts';
import {
  bindIndex,
  openSharedDatabase,
  openSharedIndex,
  openSharedLedger,
  type SharedDatabase,
} from './open-postgres.ts';
import { type OpenedStore, openStore } from './open-store.ts';

export interface StoreResources {
  readonly openedStore: () => Promise<OpenedStore>;
  readonly ledgerDatabase: () => Promise<Database>;
  /** The database that several machines share; `undefined`: all parts are in the directory. */
  readonly sharedDatabase: (() => Promise<SharedDatabase>) | undefined;
  readonly jobRecords: (settings: Pick<RecordSettings, 'now' | 'prompts' | 'onCallDone'>) => Promise<JobRecords>;
  /**
   * Whether another process has taken over a call that this process works on. It can when this process did not renew its lease in time.
   * @param call the call id
   */
  readonly isTakenOver: (call: string) => Promise<boolean>;
  /** @param work may run twice: when the catalog turns out to be damaged or deleted, it is rebuilt first */
  readonly withCatalog: <T>(work: (open: OpenCatalog) => Promise<T>) => Promise<T>;
  /** Binds a shared index to this directory, even when it belongs to another one. */
  readonly claimIndex: () => Promise<void>;
  readonly closeLedger: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** @param settings of a database that several machines share; without them all parts are in the directory */
export function createResources(
  layout: Layout,
  files: FileOperations,
  storage: ArtifactStorage,
  settings?: ResolvedDatabaseSettings,
): StoreResources {
  const openedStore = createLazy(() => openStore(layout, files));
  const shared = settings && createLazy(() => openSharedDatabase(settings));
  const lease =
    shared && createLazy(async () => createLease(await shared(), (await openedStore()).processLock.owner, settings));
  const ledgerDatabase = createLazy(async () =>
    shared ? openSharedLedger(await shared(), layout, await openedStore()) : openLedger(layout, await openedStore()),
  );
  const sharedIndex = settings?.index === 'database' ? shared : undefined;
  const catalog = createLazy(async () =>
    sharedIndex
      ? openSharedIndex(await sharedIndex(), layout, await openedStore(), storage)
      : openCatalog(layout, await openedStore(), storage),
  );

  /** The first of several callers opens it, the others get the same one. */
  async function reopenCatalog(old: OpenCatalog, isDamaged: boolean): Promise<OpenCatalog> {
    const current = await catalog();
    if (current !== old) return current;
    catalog.reset();
    const isSameFile = old.isCurrent();
    await old.database.close();
    if (isDamaged && isSameFile) await removeDatabase(files, layout.catalog);
    return catalog();
  }

  async function closeLedger(): Promise<void> {
    const old = ledgerDatabase.isOpen() ? await ledgerDatabase().catch(() => undefined) : undefined;
    ledgerDatabase.reset();
    await old?.close();
  }

  return {
    openedStore,
    ledgerDatabase,
    sharedDatabase: shared,
    async jobRecords(more) {
      const { owner, isAlive } = (await openedStore()).processLock;
      const database = await ledgerDatabase();
      if (lease === undefined) return createPersistentJobRecords(database, { owner, isAlive, ...more });
      const openLease = await lease();
      return withLease(createPersistentJobRecords(database, { owner, isAlive: openLease.isAlive, ...more }), openLease);
    },
    async isTakenOver(call) {
      if (!lease?.isOpen()) return false;
      const openLease = await lease();
      const doubtful = openLease.doubtful().filter((id) => callOf(id) === call);
      if (doubtful.length === 0) return false;
      const { owner } = (await openedStore()).processLock;
      return isTakenOver(await ledgerDatabase(), doubtful, { owner, isAlive: openLease.isAlive });
    },
    async claimIndex() {
      if (sharedIndex) await bindIndex(await sharedIndex(), layout, await openedStore(), true);
    },
    closeLedger,
    async withCatalog(work) {
      const known = await catalog();
      const open = known.isCurrent() ? known : await reopenCatalog(known, false);
      try {
        return await work(open);
      } catch (error) {
        if (!isCorrupt(error) && !isClosed(error)) throw error;
        return work(await reopenCatalog(open, true));
      }
    },
    async close() {
      await closeLedger();
      const open = catalog.isOpen() ? await catalog().catch(() => undefined) : undefined;
      catalog.reset();
      await open?.database.close();
      // A lease that cannot be released expires.
      if (lease?.isOpen()) await (await lease().catch(() => undefined))?.close().catch(() => undefined);
      lease?.reset();
      if (shared?.isOpen()) await (await shared().catch(() => undefined))?.close();
      shared?.reset();
      const directory = openedStore.isOpen() ? await openedStore().catch(() => undefined) : undefined;
      openedStore.reset();
      await directory?.close();
    },
  };
}

/** Another call found the catalog damaged and closed it. */
const isClosed = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ERR_INVALID_STATE';

interface Lazy<T> {
  (): Promise<T>;
  readonly isOpen: () => boolean;
  readonly reset: () => void;
}

/** Returns a function that creates a value on the first call. After a failure, the next call tries again. */
function createLazy<T>(create: () => Promise<T>): Lazy<T> {
  let created: Promise<T> | undefined;
  const get = () => {
    if (created) return created;
    const creating = create();
    created = creating;
    creating.catch(() => {
      if (created === creating) created = undefined;
    });
    return creating;
  };
  return Object.assign(get, {
    isOpen: () => created !== undefined,
    reset: () => {
      created = undefined;
    },
  });
}
