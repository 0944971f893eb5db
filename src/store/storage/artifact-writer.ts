/**
 * How a picture and its sidecar come into the store, change and leave it, so that a crash at any moment leaves both or neither.
 *
 * What is to be done is written down first, in `incoming`, under the name of the process that does it. The last step of an addition gives
 * that very file its name beside the picture. A name belongs to whoever has its sidecar, and before that to whoever has its picture; so
 * the picture comes first and goes first. What a dead process left is brought to its end by `recover`.
 */
import { AiImageError } from '../../providers/protocol/errors.ts';
import { readSidecar, type Sidecar, sidecarName, writeSidecar } from '../artifacts/sidecar.ts';
import { codeOf, type FileOperations, giveName, losesBytes, remove, replace, writeSynced } from '../files/files.ts';
import type { Folders, HeldFolder } from '../files/folders.ts';
import { bytesName, type JournalEntry, journalEntryName, nextName } from './journal.ts';

export interface WriteContext {
  readonly files: FileOperations;
  readonly folders: Folders;
  readonly incoming: HeldFolder;
  /** Of this opening of the store. */
  readonly token: string;
  /** Names that are about to be taken: of many who save at once, no two try the same. */
  readonly wanted: Set<string>;
}

export const PRIVATE = 0o600;
/** Others may look at a picture where the folders let them; nobody else may change it. */
export const READABLE = 0o644;

export const EXTENSIONS: Readonly<Record<Sidecar['format'], string>> = {
  png: 'png',
  jpeg: 'jpg',
  webp: 'webp',
  gif: 'gif',
  avif: 'avif',
  svg: 'svg',
};

export interface Added {
  readonly sidecar: Sidecar;
  /** Why its bytes are not synced to the disk; they are written all the same. */
  readonly unsynced?: Error | undefined;
  /** Takes the note away, once all else that belongs to it is written. */
  readonly done: () => Promise<void>;
}

/**
 * @param folder below the root
 * @param name without an extension
 * @throws NodeJS.ErrnoException, AiImageError: nothing of it is left then
 */
export async function addArtifact(
  place: WriteContext,
  bytes: Uint8Array,
  described: Omit<Sidecar, 'file'>,
  folder: readonly string[],
  name: string,
): Promise<Added> {
  const { files, incoming, token } = place;
  checkDescribed(described);
  const note: JournalEntry = { kind: 'add', token, id: described.id, folder };
  const leaveNothing = async () => {
    for (const nameOf of [bytesName, nextName, journalEntryName]) await remove(files, incoming.at(nameOf(note)));
  };
  try {
    let unsynced: Error | undefined;
    const sidecar = await commitArtifact(place, note, described, name, async () => {
      unsynced = await writeSynced(files, incoming.at(bytesName(note)), bytes, READABLE);
    });
    // The artifact is in place: what stays in `incoming` is removed by the next opening of the store.
    await remove(files, incoming.at(bytesName(note))).catch(() => undefined);
    return { sidecar, unsynced, done: () => remove(files, incoming.at(journalEntryName(note))) };
  } catch (error) {
    await leaveNothing().catch(() => undefined); // whoever opens the store later tries again
    throw error;
  }
}

/** What cannot be read again must not be written. */
export function checkDescribed(described: Omit<Sidecar, 'file'>): void {
  const reading = readSidecar(new TextDecoder().decode(writeSidecar({ ...described, file: 'x' })));
  if (reading.kind === 'sidecar') return;
  const why = reading.kind === 'broken' ? reading.why : 'it is none of ours';
  throw new AiImageError('internal', `the picture cannot be described: ${why}`, {
    hint: 'Its provider says something that is no such value.',
  });
}

/**
 * Finds a free name and gives it to picture and sidecar. The note says at each moment which name it is.
 * @param writeBytes puts the picture into `incoming`, where it is not there yet
 */
export async function commitArtifact(
  place: WriteContext,
  note: JournalEntry,
  described: Omit<Sidecar, 'file'>,
  name: string,
  writeBytes: () => Promise<void> = async () => undefined,
): Promise<Sidecar> {
  const { files, folders, incoming, wanted } = place;
  const folder = await folders.make(note.folder);
  let isWritten = false;
  try {
    const fileOf = (number: number) => `${name}${number === 1 ? '' : `-${number}`}.${EXTENSIONS[described.format]}`;
    const claimOf = (file: string) => [...note.folder, sidecarName(file)].join('/');
    const isFree = async (number: number) =>
      !wanted.has(claimOf(fileOf(number))) && !(await isTaken(files, folder, fileOf(number)));
    for (;;) {
      const file = fileOf(await freeNumber(isFree));
      const claim = claimOf(file);
      // Somebody here may have wanted it while the disk was asked.
      if (wanted.has(claim)) continue;
      wanted.add(claim);
      try {
        const sidecar: Sidecar = { ...described, file };
        await writeJournalEntry(place, note, sidecar);
        if (!isWritten) await writeBytes();
        isWritten = true;
        await incoming.sync();
        await giveBoth(place, note, folder, file);
        return sidecar;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      } finally {
        wanted.delete(claim);
      }
    }
  } finally {
    await folder.leave();
  }
}

/** One after a number that is taken, usually the first. Of a thousand pictures under one name not every one is asked for. */
async function freeNumber(isFree: (number: number) => Promise<boolean>): Promise<number> {
  let [taken, free] = [0, 1];
  while (!(await isFree(free))) [taken, free] = [free, 2 * free];
  while (free - taken > 1) {
    const middle = Math.floor((taken + free) / 2);
    if (await isFree(middle)) free = middle;
    else taken = middle;
  }
  return free;
}

async function isTaken({ lstat }: FileOperations, folder: HeldFolder, file: string): Promise<boolean> {
  for (const name of [file, sidecarName(file)]) {
    try {
      await lstat(folder.at(name));
      return true;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
  return false;
}

/** @returns why it is not synced to the disk */
export async function writeJournalEntry(
  { files, incoming }: WriteContext,
  note: JournalEntry,
  sidecar: Sidecar,
): Promise<Error | undefined> {
  const next = incoming.at(nextName(note));
  // One that stays makes the next line fail, and that says why.
  await remove(files, next).catch(() => undefined);
  const unsynced = await writeSynced(files, next, writeSidecar(sidecar), PRIVATE);
  await replace(files, next, incoming.at(journalEntryName(note)));
  return unsynced;
}

async function giveBoth(
  { files, incoming }: WriteContext,
  note: JournalEntry,
  folder: HeldFolder,
  file: string,
): Promise<void> {
  await giveName(files, incoming.at(bytesName(note)), folder.at(file));
  try {
    await giveSidecar({ files, incoming }, note, folder, file);
  } catch (error) {
    await remove(files, folder.at(file));
    throw error;
  }
}

/** The last step of an addition. */
export async function giveSidecar(
  { files, incoming }: Pick<WriteContext, 'files' | 'incoming'>,
  note: JournalEntry,
  folder: HeldFolder,
  file: string,
): Promise<void> {
  await giveName(files, incoming.at(journalEntryName(note)), folder.at(sidecarName(file)));
  try {
    await folder.check();
  } catch (error) {
    await remove(files, folder.at(sidecarName(file)));
    throw error;
  }
  await folder.sync();
}

/**
 * Puts a changed sidecar in the place of the old one, in one step.
 * @returns takes the note away, once the catalog knows of it
 */
export async function changeSidecar(
  place: WriteContext,
  sidecar: Sidecar,
  folder: readonly string[],
): Promise<() => Promise<void>> {
  const { files, folders, incoming, token } = place;
  const note: JournalEntry = { kind: 'change', token, id: sidecar.id, folder };
  const held = await folders.hold(folder);
  const next = incoming.at(nextName(note));
  try {
    const unsynced = await writeJournalEntry(place, note, sidecar);
    // The sidecar that is there is better than one that the disk may have lost.
    if (losesBytes(unsynced)) throw unsynced;
    await incoming.sync();
    await giveName(files, incoming.at(journalEntryName(note)), next);
    await held.check();
    await replace(files, next, held.at(sidecarName(sidecar.file)));
    await held.sync();
    return () => remove(files, incoming.at(journalEntryName(note)));
  } catch (error) {
    await remove(files, next).catch(() => undefined); // whoever opens the store later tries again
    await remove(files, incoming.at(journalEntryName(note))).catch(() => undefined);
    throw error;
  } finally {
    await held.leave();
  }
}

/** @returns takes the note away, once the catalog has forgotten it too */
export async function deleteArtifact(
  place: WriteContext,
  sidecar: Sidecar,
  folder: readonly string[],
): Promise<() => Promise<void>> {
  const { files, folders, incoming, token } = place;
  const note: JournalEntry = { kind: 'delete', token, id: sidecar.id, folder };
  const held = await folders.hold(folder);
  try {
    await writeJournalEntry(place, note, sidecar);
    await incoming.sync();
    await held.check();
    await removeBoth(files, sidecar, held);
    return () => remove(files, incoming.at(journalEntryName(note)));
  } finally {
    await held.leave();
  }
}

export async function removeBoth(files: FileOperations, { file }: Sidecar, folder: HeldFolder): Promise<void> {
  await remove(files, folder.at(file));
  // Not before the picture is gone for good: the sidecar is what says whose it was.
  await folder.sync();
  await remove(files, folder.at(sidecarName(file)));
  await folder.sync();
}
