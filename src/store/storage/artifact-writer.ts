/**
 * Adds, changes and deletes an image and its sidecar atomically: after a crash either both exist or neither.
 *
 * Each operation first writes a journal entry to `incoming`, named after its process; `recover.ts` finishes or rolls back the entries of
 * dead processes. The last step of an addition links the journal entry itself as the sidecar. The image is created before its sidecar and
 * deleted before it, because the sidecar is what makes a file name taken.
 */
import { type Sidecar, sidecarName } from '../artifacts/sidecar.ts';
import { type FileOperations, isDiskFailure, linkOrCopy, remove, replace, writeSynced } from '../files/files.ts';
import type { OpenFolder } from '../files/folders.ts';
import { commitArtifact } from './commit-artifact.ts';
import {
  checkSidecar,
  imageName,
  type JournalEntry,
  journalEntryName,
  nextName,
  removeEntryFiles,
  removeJournalEntry,
  writeJournalEntry,
} from './journal.ts';
import { type AddedArtifact, IMAGE_MODE, type WriteContext } from './write-context.ts';

/**
 * @param folder below the root
 * @param name without an extension
 * @throws NodeJS.ErrnoException, AiImageError: nothing was added
 */
export async function addArtifact(
  context: WriteContext,
  bytes: Uint8Array,
  described: Omit<Sidecar, 'file'>,
  folder: readonly string[],
  name: string,
): Promise<AddedArtifact> {
  const { files, incoming, owner } = context;
  checkSidecar(described);
  const entry: JournalEntry = { kind: 'add', owner, id: described.id, folder };
  const imagePath = incoming.pathOf(imageName(entry));
  try {
    let unsynced: Error | undefined;
    const sidecar = await commitArtifact(context, entry, described, name, async () => {
      unsynced = await writeSynced(files, imagePath, bytes, IMAGE_MODE);
    });
    // The artifact is saved. The next process that opens the store removes what stays in `incoming`.
    await remove(files, imagePath).catch(() => undefined);
    return { sidecar, unsynced, finish: () => removeJournalEntry(context, entry) };
  } catch (error) {
    await removeEntryFiles(context, entry).catch(() => undefined); // the next process that opens the store tries again
    throw error;
  }
}

/**
 * Replaces a sidecar in one step.
 * @returns deletes the journal entry. Call it when the catalog is updated
 */
export async function changeSidecar(
  context: WriteContext,
  sidecar: Sidecar,
  folder: readonly string[],
): Promise<() => Promise<void>> {
  const { files, folders, incoming, owner } = context;
  const entry: JournalEntry = { kind: 'change', owner, id: sidecar.id, folder };
  const opened = await folders.open(folder);
  const next = incoming.pathOf(nextName(entry));
  try {
    const unsynced = await writeJournalEntry(context, entry, sidecar);
    // A sidecar that the disk may lose must not replace the current one.
    if (isDiskFailure(unsynced)) throw unsynced;
    await incoming.sync();
    await linkOrCopy(files, incoming.pathOf(journalEntryName(entry)), next);
    await opened.check();
    await replace(files, next, opened.pathOf(sidecarName(sidecar.file)));
    await opened.sync();
    return () => removeJournalEntry(context, entry);
  } catch (error) {
    await remove(files, next).catch(() => undefined); // the next process that opens the store tries again
    await removeJournalEntry(context, entry).catch(() => undefined);
    throw error;
  } finally {
    await opened.close();
  }
}

/** @returns deletes the journal entry. Call it when the catalog is updated */
export async function deleteArtifact(
  context: WriteContext,
  sidecar: Sidecar,
  folder: readonly string[],
): Promise<() => Promise<void>> {
  const { files, folders, incoming, owner } = context;
  const entry: JournalEntry = { kind: 'delete', owner, id: sidecar.id, folder };
  const opened = await folders.open(folder);
  try {
    await writeJournalEntry(context, entry, sidecar);
    await incoming.sync();
    await opened.check();
    await removeImageAndSidecar(files, sidecar, opened);
    return () => removeJournalEntry(context, entry);
  } finally {
    await opened.close();
  }
}

export async function removeImageAndSidecar(
  files: FileOperations,
  { file }: Sidecar,
  folder: OpenFolder,
): Promise<void> {
  await remove(files, folder.pathOf(file));
  // Synced before the sidecar is deleted, because the sidecar tells which image the file belongs to.
  await folder.sync();
  await remove(files, folder.pathOf(sidecarName(file)));
  await folder.sync();
}
