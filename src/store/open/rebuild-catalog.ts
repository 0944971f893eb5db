/** Makes the catalog again from the sidecars. Broken off at any moment, it is no worse than before. */
import type { Catalog } from '../catalog/catalog.ts';
import type { ArtifactReader } from '../storage/artifact-storage.ts';
import { readSidecars } from '../storage/walk.ts';

export interface RebuiltCatalog {
  /** Artifacts that are in the catalog now. */
  readonly artifacts: number;
  /** Sidecars that are none, or of a later version, and folders that cannot be read: left as they are. */
  readonly passedOver: readonly string[];
}

/** Sidecars that are read in one go: others who write are not kept waiting for long. */
const AT_ONCE = 200;

export async function rebuildCatalog(shelf: ArtifactReader, catalog: Catalog): Promise<RebuiltCatalog> {
  const passedOver: string[] = [];
  const seen = new Set<string>();
  const before = await catalog.ids();
  let isWhole = true;
  for await (const { folder, sidecars, unreadable } of shelf.walk()) {
    if (unreadable !== undefined) {
      isWhole = false;
      passedOver.push(folder.join('/'));
    }
    for (let start = 0; start < sidecars.length; start += AT_ONCE) {
      const batch = sidecars.slice(start, start + AT_ONCE);
      // Read while nobody changes them: what goes into the catalog is what they say now.
      await catalog.alone(async ({ put }) => {
        for await (const { name, reading } of readSidecars(shelf, folder, batch)) {
          if (reading.kind === 'broken' || reading.kind === 'newer') passedOver.push([...folder, name].join('/'));
          if (reading.kind !== 'sidecar') continue;
          seen.add(reading.sidecar.id);
          await put(reading.sidecar, folder);
        }
      });
    }
  }
  // What is in a folder that cannot be read is not gone.
  const lost = isWhole ? before.filter((id) => !seen.has(id)) : [];
  if (lost.length > 0) {
    await catalog.alone(async ({ remove }) => {
      for (const id of lost) await remove(id);
    });
  }
  return { artifacts: seen.size, passedOver };
}
