/** Makes the catalog again from the sidecars. Broken off at any moment, it is no worse than before. */
import type { Catalog } from './catalog.ts';
import type { FileOperations } from './files.ts';
import { readSidecars, walk } from './walk.ts';

export interface Rebuilt {
  /** Artifacts that are in the catalog now. */
  readonly artifacts: number;
  /** Sidecars that are none, or of a later version: left as they are. */
  readonly passedOver: readonly string[];
}

export async function rebuild(files: FileOperations, root: string, catalog: Catalog): Promise<Rebuilt> {
  const passedOver: string[] = [];
  const seen = new Set<string>();
  const before = await catalog.ids();
  for await (const folder of walk(files, root)) {
    const batch = [];
    for await (const { name, reading } of readSidecars(files, root, folder)) {
      if (reading.kind === 'broken' || reading.kind === 'newer') passedOver.push([...folder.folder, name].join('/'));
      if (reading.kind !== 'sidecar') continue;
      seen.add(reading.sidecar.id);
      batch.push(reading.sidecar);
    }
    await catalog.putAll(batch, folder.folder);
  }
  for (const id of before) if (!seen.has(id)) await catalog.remove(id);
  return { artifacts: seen.size, passedOver };
}
