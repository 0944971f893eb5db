/** Lists images and sidecars as they are on disk, and reads sidecars. */

import { join } from 'node:path';
import { isAiImageError } from '../../providers/protocol/errors.ts';
import { isImageFile } from '../artifacts/file-extensions.ts';
import { readSidecar, type SidecarReading, sidecarName } from '../artifacts/sidecar.ts';
import type { FileOperations } from '../files/files.ts';
import { isOwnFolder } from '../files/paths.ts';
import { describeSystemError } from '../files/system-error.ts';
import type { ArtifactReader, FolderListing } from './artifact-storage.ts';

/** Does not follow links: their targets are not part of the store. */
export async function* walkDirectory(
  files: FileOperations,
  root: string,
  folder: readonly string[] = [],
): AsyncGenerator<FolderListing> {
  const entries = await files.readdir(join(root, ...folder), { withFileTypes: true }).catch((error: unknown) => {
    // An unreadable folder is reported and the others are listed. Without the root, nothing can be listed.
    if (folder.length === 0) throw error;
    return describeSystemError(error);
  });
  if (typeof entries === 'string') {
    yield { folder, images: [], sidecars: [], unreadable: entries };
    return;
  }
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  yield {
    folder,
    images: names.filter(isImageFile),
    sidecars: names.filter((name) => name.endsWith('.json')),
  };
  for (const entry of entries) {
    if (entry.isDirectory() && !(folder.length === 0 && isOwnFolder(entry.name))) {
      yield* walkDirectory(files, root, [...folder, entry.name]);
    }
  }
}

export interface FoundSidecar {
  readonly folder: readonly string[];
  readonly name: string;
  readonly reading: SidecarReading;
}

const MAX_CONCURRENT_READS = 32;

/** @param sidecars the names of the files */
export async function* readSidecars(
  storage: Pick<ArtifactReader, 'read'>,
  folder: readonly string[],
  sidecars: readonly string[],
): AsyncGenerator<FoundSidecar> {
  for (let start = 0; start < sidecars.length; start += MAX_CONCURRENT_READS) {
    const names = sidecars.slice(start, start + MAX_CONCURRENT_READS);
    yield* await Promise.all(
      names.map(async (name): Promise<FoundSidecar> => {
        try {
          const reading = readSidecar(Buffer.from(await storage.read(folder, name)).toString());
          if (reading.kind !== 'sidecar' || sidecarName(reading.sidecar.file) === name)
            return { folder, name, reading };
          const why = `it belongs to ${JSON.stringify(reading.sidecar.file)} but has another name`;
          return { folder, name, reading: { kind: 'broken', why } };
        } catch (error) {
          if (isAiImageError(error)) throw error;
          // An unreadable sidecar does not stop the reading of the others.
          const why = `it cannot be read: ${describeSystemError(error)}`;
          return { folder, name, reading: { kind: 'broken', why } };
        }
      }),
    );
  }
}
