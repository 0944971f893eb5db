/** Everything in a store's directory that is a picture or a sidecar, as it really is on the disk. */
import { join } from 'node:path';
import { isAiImageError } from '../../providers/protocol/errors.ts';
import { readSidecar, type SidecarReading, sidecarName } from '../artifacts/sidecar.ts';
import { codeOf, type FileOperations } from '../files/files.ts';
import { isOwnFolder } from '../files/paths.ts';
import type { ArtifactReader, Folder } from './artifact-storage.ts';

export const IMAGE_FILE = /\.(?:png|jpe?g|webp|gif|avif|svg)$/i;

/** Follows no links: what they lead to is not in the store. */
export async function* walk(
  files: FileOperations,
  root: string,
  folder: readonly string[] = [],
): AsyncGenerator<Folder> {
  const entries = await files.readdir(join(root, ...folder), { withFileTypes: true }).catch((error: unknown) => {
    // One folder says nothing about the others; without the root there is nothing to say.
    if (folder.length === 0) throw error;
    return codeOf(error) ?? 'unknown reason';
  });
  if (typeof entries === 'string') {
    yield { folder, pictures: [], sidecars: [], unreadable: entries };
    return;
  }
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  yield {
    folder,
    pictures: names.filter((name) => IMAGE_FILE.test(name)),
    sidecars: names.filter((name) => name.endsWith('.json')),
  };
  for (const entry of entries) {
    if (entry.isDirectory() && !(folder.length === 0 && isOwnFolder(entry.name))) {
      yield* walk(files, root, [...folder, entry.name]);
    }
  }
}

export interface FoundSidecar {
  readonly folder: readonly string[];
  readonly name: string;
  readonly reading: SidecarReading;
}

/** How many files are read at once. */
const AT_ONCE = 32;

/** @param sidecars their names */
export async function* readSidecars(
  shelf: Pick<ArtifactReader, 'read'>,
  folder: readonly string[],
  sidecars: readonly string[],
): AsyncGenerator<FoundSidecar> {
  for (let start = 0; start < sidecars.length; start += AT_ONCE) {
    const names = sidecars.slice(start, start + AT_ONCE);
    yield* await Promise.all(
      names.map(async (name): Promise<FoundSidecar> => {
        try {
          const reading = readSidecar(Buffer.from(await shelf.read(folder, name)).toString());
          if (reading.kind !== 'sidecar' || sidecarName(reading.sidecar.file) === name)
            return { folder, name, reading };
          const why = `it is that of ${JSON.stringify(reading.sidecar.file)}, and has another name`;
          return { folder, name, reading: { kind: 'broken', why } };
        } catch (error) {
          if (isAiImageError(error)) throw error;
          // One that cannot be read says nothing about the others.
          const why = `it cannot be read: ${codeOf(error) ?? 'unknown reason'}`;
          return { folder, name, reading: { kind: 'broken', why } };
        }
      }),
    );
  }
}
