/** Finds a free file name and gives it to an image and its sidecar. */

import { imageFileName } from '../artifacts/file-extensions.ts';
import { type Sidecar, sidecarName } from '../artifacts/sidecar.ts';
import { codeOf, type FileOperations, linkOrCopy, remove } from '../files/files.ts';
import type { OpenFolder } from '../files/folders.ts';
import { imageName, type JournalEntry, journalEntryName, writeJournalEntry } from './journal.ts';
import type { WriteContext } from './write-context.ts';

/**
 * Names the image and its sidecar `name`, or `name-2`, `name-3`, … when that is taken. The journal entry always holds the name in use.
 * @param writeImage writes the image to `incoming`; not needed when it is there already
 */
export async function commitArtifact(
  context: WriteContext,
  entry: JournalEntry,
  described: Omit<Sidecar, 'file'>,
  name: string,
  writeImage: () => Promise<void> = async () => undefined,
): Promise<Sidecar> {
  const { files, folders, incoming, reservedNames } = context;
  const folder = await folders.create(entry.folder);
  let isWritten = false;
  try {
    const fileOf = (number: number) => imageFileName(`${name}${number === 1 ? '' : `-${number}`}`, described.format);
    const reservationOf = (file: string) => [...entry.folder, sidecarName(file)].join('/');
    const isFree = async (number: number) =>
      !reservedNames.has(reservationOf(fileOf(number))) && !(await isTaken(files, folder, fileOf(number)));
    for (;;) {
      const file = fileOf(await findFreeNumber(isFree));
      const reservation = reservationOf(file);
      // Another save of this process may have reserved it during the check.
      if (reservedNames.has(reservation)) continue;
      reservedNames.add(reservation);
      try {
        const sidecar: Sidecar = { ...described, file };
        await writeJournalEntry(context, entry, sidecar);
        if (!isWritten) await writeImage();
        isWritten = true;
        await incoming.sync();
        await linkImageAndSidecar(context, entry, folder, file);
        return sidecar;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      } finally {
        reservedNames.delete(reservation);
      }
    }
  } finally {
    await folder.close();
  }
}

/** Finds a free number whose predecessor is taken, usually 1. Doubles and bisects, so that 1000 images with one name take few checks. */
async function findFreeNumber(isFree: (number: number) => Promise<boolean>): Promise<number> {
  let [taken, free] = [0, 1];
  while (!(await isFree(free))) [taken, free] = [free, 2 * free];
  while (free - taken > 1) {
    const middle = Math.floor((taken + free) / 2);
    if (await isFree(middle)) free = middle;
    else taken = middle;
  }
  return free;
}

async function isTaken({ lstat }: FileOperations, folder: OpenFolder, file: string): Promise<boolean> {
  for (const name of [file, sidecarName(file)]) {
    try {
      await lstat(folder.pathOf(name));
      return true;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
  return false;
}

async function linkImageAndSidecar(
  { files, incoming }: WriteContext,
  entry: JournalEntry,
  folder: OpenFolder,
  file: string,
): Promise<void> {
  await linkOrCopy(files, incoming.pathOf(imageName(entry)), folder.pathOf(file));
  try {
    await linkSidecar({ files, incoming }, entry, folder, file);
  } catch (error) {
    await remove(files, folder.pathOf(file));
    throw error;
  }
}

/** The last step of an addition: the journal entry becomes the sidecar. */
export async function linkSidecar(
  { files, incoming }: Pick<WriteContext, 'files' | 'incoming'>,
  entry: JournalEntry,
  folder: OpenFolder,
  file: string,
): Promise<void> {
  await linkOrCopy(files, incoming.pathOf(journalEntryName(entry)), folder.pathOf(sidecarName(file)));
  try {
    await folder.check();
  } catch (error) {
    await remove(files, folder.pathOf(sidecarName(file)));
    throw error;
  }
  await folder.sync();
}
