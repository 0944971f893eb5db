/** Rebuilds the catalog from the sidecars. An interrupted rebuild does no harm. */
import { readSidecar, type SidecarReading, sidecarName } from '../artifacts/sidecar.ts';
import type { ArtifactLocation } from '../catalog/artifact-rows.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { codeOf } from '../files/files.ts';
import type { ArtifactReader } from '../storage/artifact-storage.ts';
import { readSidecars } from '../storage/walk.ts';

export interface ReindexResult {
  /** Number of images in the rebuilt catalog. */
  readonly artifacts: number;
  /** Sidecars that are damaged or of a later version, and folders that cannot be read. They were skipped and not changed. */
  readonly skipped: readonly string[];
}

/** How many sidecars are read in one transaction. Other processes wait to write during each of them. */
const BATCH_SIZE = 200;

export async function rebuildCatalog(storage: ArtifactReader, catalog: Catalog): Promise<ReindexResult> {
  const skipped: string[] = [];
  const found = new Set<string>();
  const before = await catalog.ids();
  let isComplete = true;
  for await (const { folder, sidecars, unreadable } of storage.walk()) {
    if (unreadable !== undefined) {
      isComplete = false;
      skipped.push(folder.join('/'));
    }
    for (let start = 0; start < sidecars.length; start += BATCH_SIZE) {
      const batch = sidecars.slice(start, start + BATCH_SIZE);
      // Read inside the transaction, when no process changes sidecars, so that the catalog gets their current content.
      await catalog.exclusive(async ({ put }) => {
        for await (const { name, reading } of readSidecars(storage, folder, batch)) {
          if (reading.kind === 'broken' || reading.kind === 'newer') skipped.push([...folder, name].join('/'));
          if (reading.kind !== 'sidecar') continue;
          found.add(reading.sidecar.id);
          await put(reading.sidecar, folder);
        }
      });
    }
  }
  // When a folder cannot be read, missing images may be in it.
  const missing = isComplete ? before.filter((id) => !found.has(id)) : [];
  const unlisted = storage.isListingCurrent ? new Set<string>() : await findUnlisted(storage, catalog, missing);
  await catalog.removeAll(missing.filter((id) => !unlisted.has(id)));
  return { artifacts: found.size + unlisted.size, skipped };
}

/** Sidecars that are read at the same time, in one transaction. */
const CHECKED_AT_ONCE = 32;

/** Asks for each image itself, because a listing may be older than the save. Updates the rows of those that exist. @returns their ids */
async function findUnlisted(
  storage: ArtifactReader,
  catalog: Catalog,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const existing = new Set<string>();
  for (let start = 0; start < ids.length; start += CHECKED_AT_ONCE) {
    await catalog.exclusive(async ({ find, put }) => {
      const known = [];
      for (const id of ids.slice(start, start + CHECKED_AT_ONCE)) known.push(await find(id));
      const read = known.map(async (row) => row && { row, reading: await readSidecarOf(storage, row) });
      for (const found of await Promise.all(read)) {
        const { row, reading } = found ?? {};
        if (row === undefined || reading === undefined) continue;
        // Another image may have the name now.
        if (reading.kind === 'sidecar' && reading.sidecar.id !== row.id) continue;
        existing.add(row.id);
        if (reading.kind === 'sidecar') await put(reading.sidecar, row.folder);
      }
    });
  }
  return existing;
}

/** @returns `undefined` when it does not exist */
async function readSidecarOf(
  storage: ArtifactReader,
  { folder, file }: ArtifactLocation,
): Promise<SidecarReading | undefined> {
  try {
    return readSidecar(Buffer.from(await storage.read(folder, sidecarName(file))).toString());
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
