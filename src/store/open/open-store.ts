/** Opens a store's directory: creates its folders and registers this process. */

import { AiImageError } from '../../providers/protocol/errors.ts';
import { codeOf, createDirectory, type FileOperations } from '../files/files.ts';
import { createFolders } from '../files/folders.ts';
import { type Layout, OWN_FOLDER } from '../files/paths.ts';
import { describeSystemError } from '../files/system-error.ts';
import { acquireProcessLock, type ProcessLock } from '../locks/process-lock.ts';
import type { WriteContext } from '../storage/write-context.ts';

export interface OpenedStore {
  readonly context: WriteContext;
  readonly processLock: ProcessLock;
  readonly close: () => Promise<void>;
}

/** @throws AiImageError `not_configured`: the directory cannot be used */
export async function openStore(layout: Layout, files: FileOperations): Promise<OpenedStore> {
  try {
    await createDirectory(files, layout.root);
    const folders = createFolders(files, layout.root);
    for (const name of ['quarantine', 'locks']) await (await folders.create([OWN_FOLDER, name])).close();
    const incoming = await folders.create([OWN_FOLDER, 'incoming']);
    try {
      const processLock = await acquireProcessLock(files, layout.locks);
      return {
        context: { files, folders, incoming, token: processLock.token, reservedNames: new Set() },
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

export function toUnusableError(root: string, cause: unknown): AiImageError {
  if (cause instanceof AiImageError) return cause;
  const why = codeOf(cause) === undefined && cause instanceof Error ? cause.message : describeSystemError(cause);
  return new AiImageError('not_configured', `the store at ${root} cannot be used: ${why}`, {
    charged: 'no',
    hint: 'Nothing was sent. Check the permissions and the free space of the directory, or use another one.',
    cause,
  });
}
