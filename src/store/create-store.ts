/** Creates a store: saves generated images with their sidecars, finds them again, and records spending and jobs. */
import { describeProvenance } from '../provenance/index.ts';
import { AiImageError } from '../providers/protocol/errors.ts';
import type { Selection } from './artifacts/sidecar.ts';
import { toTime } from './catalog/artifact-query.ts';
import { lineageOf } from './catalog/lineage.ts';
import { createLayout } from './files/paths.ts';
import { sha256 } from './files/sha256.ts';
import type { ResultCache } from './interfaces/manager-store.ts';
import { createLedgerHooks } from './ledger/ledger-hooks.ts';
import { createPersistentLedger } from './ledger/persistent-ledger.ts';
import { createPersistentResultCache } from './ledger/persistent-result-cache.ts';
import { withPruning } from './ledger/prune-ended-calls.ts';
import { usageSince } from './ledger/usage.ts';
import { type DoneListener, rememberLedgerAccess } from './ledger-access.ts';
import { repairLedger } from './maintenance/repair-ledger.ts';
import { repairSharedLedger } from './maintenance/repair-postgres-ledger.ts';
import { verifyAll } from './maintenance/verify.ts';
import { rebuildCatalog } from './open/rebuild-catalog.ts';
import { createResources } from './open/resources.ts';
import { createArtifactChanger } from './operations/change-artifacts.ts';
import { createImageSaver } from './operations/create-image-saver.ts';
import { createArtifactFinder, type FoundArtifact } from './operations/find-artifacts.ts';
import { createLazyJobRecords, createLazyLedger, createLazyResultCache } from './operations/lazy-records.ts';
import { loadCall } from './operations/load-call.ts';
import { preflight } from './operations/preflight.ts';
import { createDirectoryStorage } from './storage/directory-storage.ts';
import { createS3Storage } from './storage/s3/s3-storage.ts';
import { withStorageErrors } from './storage-error.ts';
import type { Artifact, Store } from './store.ts';
import { readStoreSettings, type StoreSettings } from './store-settings.ts';

/**
 * Creates a store. Opens no file and no connection before the first call.
 * @throws AiImageError `not_configured`: a setting is invalid
 */
export function createStore(settings: StoreSettings): Store {
  const resolved = readStoreSettings(settings);
  const { directory, bucket, database, files, prompts, keepEndedJobsMs, now } = resolved;
  const layout = createLayout(directory, bucket?.id);
  const storage = bucket === undefined ? createDirectoryStorage(files, layout.root) : createS3Storage(bucket, layout);
  const resources = createResources(layout, files, storage, database);
  const { openedStore, ledgerDatabase, withCatalog } = resources;
  const finder = createArtifactFinder(resources, storage);
  const { locate, find, readImage, readSidecarOf, readIfUnchanged } = finder;
  const { save, quarantine, import: importImage } = createImageSaver(resolved, layout, storage, resources, finder);
  const { change, remove } = createArtifactChanger(storage, resources, finder);

  const toArtifact = ({ sidecar, folder }: FoundArtifact): Artifact => ({
    ...sidecar,
    path: storage.pathOf(folder, sidecar.file),
  });

  const select = async (id: string, selection: Selection | undefined) =>
    toArtifact(await change(id, ({ selection: _, ...sidecar }) => ({ ...sidecar, ...(selection && { selection }) })));

  const withResultCache = <T>(work: (cache: ResultCache) => Promise<T>) =>
    withCatalog(({ catalog, database: catalogDatabase }) => {
      const readBytes = (id: string) => readIfUnchanged(readSidecarOf(id, catalog));
      return work(createPersistentResultCache(catalogDatabase, { readBytes, now, prompts }));
    });

  const hooks = createLedgerHooks();

  async function openPersistentLedger() {
    const open = await ledgerDatabase();
    await hooks.prepare(open);
    // A clock that the host passed counts on every machine.
    return createPersistentLedger(open, {
      now,
      onUsage: hooks.tellUsage,
      ...(settings.now === undefined && open.now && { sharedNow: open.now }),
    });
  }

  const doneListeners = new Set<DoneListener>();
  const onCallDone: DoneListener = async (sql, call) => {
    for (const listener of doneListeners) await listener(sql, call);
  };

  const guard = <T extends object>(part: T): T => withStorageErrors(layout.root, part);

  const store = guard<Store>({
    directory: layout.root,
    ledger: guard(createLazyLedger(openPersistentLedger)),
    jobs: guard(
      withPruning(
        createLazyJobRecords(() =>
          resources.jobRecords({ now, prompts, ...(doneListeners.size > 0 && { onCallDone }) }),
        ),
        { ledgerDatabase, now, keepEndedJobsMs },
      ),
    ),
    cache: guard(createLazyResultCache(withResultCache)),
    preflight: () => preflight(resolved, layout, storage, resources),
    save,
    quarantine,
    import: importImage,
    loadCall: (call, artifacts) => loadCall(call, artifacts, resources, finder, storage.pathOf),
    get: async (id) => toArtifact(await find(id)),
    async open(id) {
      const found = await find(id);
      const { path, sha256: expected } = toArtifact(found);
      const bytes = await readImage(found);
      if (sha256(bytes) === expected) return new Uint8Array(bytes);
      throw new AiImageError(
        'storage_failed',
        `${path} was changed since it was saved: its hash is not the one recorded in its sidecar`,
        {
          hint: 'Restore the file from a backup.',
        },
      );
    },
    search: (query = {}) => withCatalog(({ catalog }) => catalog.search(query)),
    delete: remove,
    keep: (id) => select(id, 'kept'),
    reject: (id) => select(id, 'rejected'),
    clearSelection: (id) => select(id, undefined),
    tag: async (id, tags) => toArtifact(await change(id, (sidecar) => ({ ...sidecar, tags: [...new Set(tags)] }))),
    lineage: (id) => withCatalog(({ catalog }) => lineageOf(id, catalog)),
    async provenance(id, params) {
      const found = await find(id);
      return describeProvenance(await readImage(found), found.sidecar, params);
    },
    async verify(id) {
      // Opens the catalog in either case, which first finishes what a dead process left behind.
      await withCatalog(async ({ catalog }) => {
        if (id !== undefined) await locate(id, catalog);
      });
      return verifyAll(storage, id === undefined ? undefined : new Set([id]));
    },
    async reindex() {
      await resources.claimIndex();
      return withCatalog(({ catalog }) => rebuildCatalog(storage, catalog));
    },
    async repairLedger() {
      if (database) return repairSharedLedger(await ledgerDatabase(), storage, now);
      await resources.closeLedger();
      return repairLedger(layout, await openedStore(), storage, now);
    },
    usage: async (since, options) =>
      usageSince(await ledgerDatabase(), since === undefined ? '' : toTime(since), options),
    close: () => {
      storage.close();
      return resources.close();
    },
  });
  rememberLedgerAccess(store, {
    kind: database ? 'postgres' : 'sqlite',
    schema: database?.schema,
    database: ledgerDatabase,
    shared: () => resources.sharedDatabase!(), // only for a store in PostgreSQL
    onCallDone(listener) {
      doneListeners.add(listener);
      return () => void doneListeners.delete(listener);
    },
    beforeFirstUse: hooks.beforeFirstUse,
    onUsage: hooks.onUsage,
    prompts,
    now,
  });
  return store;
}
