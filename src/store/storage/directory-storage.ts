/** Images and sidecars as files in the store's directory. */
import { join } from 'node:path';
import type { FileOperations } from '../files/files.ts';
import type { ArtifactStorage } from './artifact-storage.ts';
import { addArtifact, changeSidecar, deleteArtifact } from './artifact-writer.ts';
import { recoverDirectory } from './recover.ts';
import { walkDirectory } from './walk.ts';

export function createDirectoryStorage(files: FileOperations, root: string): ArtifactStorage {
  const pathOf = (folder: readonly string[], name = '') => join(root, ...folder, name);
  return {
    pathOf,
    read: (folder, name) => files.readFile(pathOf(folder, name)),
    isListingCurrent: true,
    walk: () => walkDirectory(files, root),
    add: addArtifact,
    change: changeSidecar,
    remove: deleteArtifact,
    async recover(context, { isAlive }, catalog) {
      const { finish } = await catalog.exclusive(async ({ put, remove }) => {
        const recovery = await recoverDirectory(context, isAlive);
        for (const { kind, sidecar, folder } of recovery.recovered) {
          if (kind === 'deleted') await remove(sidecar.id);
          else await put(sidecar, folder);
        }
        return recovery;
      });
      await finish();
    },
    // A failed operation in a directory is rolled back at once.
    hasUnfinished: () => false,
    preflight: async () => undefined,
    close: () => undefined,
  };
}
