/** Pictures and sidecars as files in the store's own directory. */
import { join } from 'node:path';
import type { FileOperations } from '../files/files.ts';
import type { ArtifactStorage } from './artifact-storage.ts';
import { addArtifact, changeSidecar, deleteArtifact } from './artifact-writer.ts';
import { recover } from './recover.ts';
import { walk } from './walk.ts';

export function createDirectoryStorage(files: FileOperations, root: string): ArtifactStorage {
  const pathOf = (folder: readonly string[], name = '') => join(root, ...folder, name);
  return {
    pathOf,
    read: (folder, name) => files.readFile(pathOf(folder, name)),
    walk: () => walk(files, root),
    add: addArtifact,
    change: changeSidecar,
    remove: deleteArtifact,
    async recover(place, { isAlive }, catalog) {
      const { done } = await catalog.alone(async ({ put, remove: forget }) => {
        const recovery = await recover(place, isAlive);
        for (const { kind, sidecar, folder } of recovery.recovered) {
          if (kind === 'gone') await forget(sidecar.id);
          else await put(sidecar, folder);
        }
        return recovery;
      });
      await done();
    },
    // Whoever fails here has nothing left to be done.
    hasWaiting: () => false,
    preflight: async () => undefined,
    close: () => undefined,
  };
}
