/** Opens a store's directory: creates its folders and registers this process. */
import { createDirectory, type FileOperations } from '../files/files.ts';
import { createFolders } from '../files/folders.ts';
import { type Layout, OWN_FOLDER } from '../files/paths.ts';
import { acquireProcessLock, type ProcessLock } from '../locks/process-lock.ts';
import type { WriteContext } from '../storage/write-context.ts';
import { toUnusableError } from '../storage-error.ts';

export interface OpenedStore {
  readonly context: WriteContext;
  readonly processLock: ProcessLock;
  readonly close: () => Promise<void>;
}

/** @throws AiImageError `storage_failed`: the directory cannot be used; `not_configured`: its path is that of a file */
export async function openStore(layout: Layout, files: FileOperations): Promise<OpenedStore> {
  try {
    await createDirectory(files, layout.root);
    const folders = createFolders(files, layout.root);
    for (const name of ['quarantine', 'locks']) await (await folders.create([OWN_FOLDER, name])).close();
    const incoming = await folders.create([OWN_FOLDER, 'incoming']);
    try {
      const processLock = await acquireProcessLock(files, layout.locks);
      return {
        context: { files, folders, incoming, owner: processLock.owner, reservedNames: new Set() },
        processLock,
        async close() {
          await incoming.close();
          await processLock.release();
        },
      };
    } catch (error) {
      await incoming.close();
      throw error;
    }
  } catch (error) {
    throw toUnusableError(layout.root, error);
  }
}
