/** Rebuilds the catalog from the sidecars. An interrupted rebuild does no harm. */
import type { Catalog } from '../catalog/catalog.ts';
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
  const lost = isComplete ? before.filter((id) => !found.has(id)) : [];
  await catalog.removeAll(lost);
  return { artifacts: found.size, skipped };
}
