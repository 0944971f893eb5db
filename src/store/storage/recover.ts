/** Brings to its end what dead processes left in `incoming`: forward where the whole picture is there, else back. */
import { sha256 } from '../artifacts/describe-artifact.ts';
import { readSidecar, type Sidecar, sidecarName } from '../artifacts/sidecar.ts';
import { codeOf, type FileOperations, giveName, ignoreExisting, readOrNothing, remove } from '../files/files.ts';
import type { HeldFolder } from '../files/folders.ts';
import { commitArtifact, giveSidecar, removeBoth, type WriteContext } from './artifact-writer.ts';
import { bytesName, idOf, type JournalEntry, journalEntryName, readJournalEntry, tokenOf } from './journal.ts';

/** What the catalog has to hear. */
export interface Recovered {
  readonly kind: 'there' | 'gone';
  readonly sidecar: Sidecar;
  readonly folder: readonly string[];
}

export interface Recovery {
  readonly recovered: readonly Recovered[];
  /** Takes the notes away, once the catalog has heard. */
  readonly done: () => Promise<void>;
}

/** One process at a time. @param isAlive whether the process of a note still works on it */
export async function recover(place: WriteContext, isAlive: (token: string) => Promise<boolean>): Promise<Recovery> {
  const { files, incoming } = place;
  const dead: string[] = [];
  const known = new Map<string, boolean>();
  for (const name of await files.readdir(incoming.at('.'))) {
    const token = tokenOf(name);
    if (!known.has(token)) known.set(token, await isAlive(token));
    if (!known.get(token)) dead.push(name);
  }
  const recovered: Recovered[] = [];
  const stuck = new Set<string>();
  for (const name of dead) {
    const note = readJournalEntry(name);
    if (note === undefined) continue;
    try {
      recovered.push(...(await bringToEnd(place, note)));
    } catch {
      // It is left as it is, for whoever opens the store when that can be read or written again. Of the others none is kept waiting.
      stuck.add(`${note.token}.${note.id}`);
    }
  }
  const over = dead.filter((name) => !stuck.has(`${tokenOf(name)}.${idOf(name)}`));
  return {
    recovered,
    async done() {
      // Notes last: without its note, a picture under way is nobody's.
      const [notes, others] = [over.filter(readJournalEntry), over.filter((name) => !readJournalEntry(name))];
      for (const name of [...others, ...notes]) await remove(files, incoming.at(name));
    },
  };
}

class LaterVersion extends Error {}

async function bringToEnd(place: WriteContext, note: JournalEntry): Promise<readonly Recovered[]> {
  const { files, incoming, folders } = place;
  const read = readSidecar((await files.readFile(incoming.at(journalEntryName(note)))).toString());
  if (read.kind === 'newer') throw new LaterVersion('a later version of the library has to do it');
  // A note that is not whole was never acted upon.
  if (read.kind !== 'sidecar' || read.sidecar.id !== note.id) return [];
  const { sidecar } = read;
  const { folder } = note;
  const held = await (note.kind === 'add' ? folders.make(folder) : holdOrNothing(place, folder));
  try {
    const there = held && (await besideOf(files, held, sidecar));
    if (note.kind === 'delete') {
      if (held && there) await removeBoth(files, there, held);
      return [{ kind: 'gone', sidecar, folder }];
    }
    // Also a change that never came to its place: then the catalog hears what it knows already.
    if (held && there) {
      if (note.kind === 'add') await givePicture(place, note, there, held);
      return [{ kind: 'there', sidecar: there, folder }];
    }
    if (note.kind === 'change' || held === undefined) return [];
    return await bringForward(place, note, sidecar, held);
  } finally {
    await held?.leave();
  }
}

/** A power failure may have kept the later name and lost the one before it. */
async function givePicture(
  { files, incoming }: WriteContext,
  note: JournalEntry,
  { file, sha256: hash }: Sidecar,
  held: HeldFolder,
): Promise<void> {
  const bytes = await readOrNothing(files, incoming.at(bytesName(note)));
  if (bytes === undefined || sha256(bytes) !== hash) return;
  await giveName(files, incoming.at(bytesName(note)), held.at(file)).catch(ignoreExisting);
  await held.sync();
}

async function bringForward(
  place: WriteContext,
  note: JournalEntry,
  sidecar: Sidecar,
  held: HeldFolder,
): Promise<readonly Recovered[]> {
  const { files, incoming } = place;
  const { folder } = note;
  const bytes = await readOrNothing(files, incoming.at(bytesName(note)));
  // Without them it never came to names, or has left the store since.
  if (bytes === undefined || sha256(bytes) !== sidecar.sha256) return [];
  if (await isOneFile(files, incoming.at(bytesName(note)), held.at(sidecar.file))) {
    try {
      await giveSidecar(place, note, held, sidecar.file);
      return [{ kind: 'there', sidecar, folder }];
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      await remove(files, held.at(sidecar.file));
    }
  }
  // It has no name yet, or lost it to somebody else: it gets another one.
  const { file, ...described } = sidecar;
  const named = await commitArtifact(place, note, described, file.slice(0, file.lastIndexOf('.')));
  return [{ kind: 'there', sidecar: named, folder }];
}

async function holdOrNothing({ folders }: WriteContext, folder: readonly string[]): Promise<HeldFolder | undefined> {
  try {
    return await folders.hold(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The sidecar under its name as it is now, if it is still that of the same picture. */
async function besideOf(files: FileOperations, held: HeldFolder, sidecar: Sidecar): Promise<Sidecar | undefined> {
  const text = await readOrNothing(files, held.at(sidecarName(sidecar.file)));
  const reading = text && readSidecar(text.toString());
  if (reading?.kind !== 'sidecar') return undefined;
  const { id, createdAt } = reading.sidecar;
  return id === sidecar.id && createdAt === sidecar.createdAt ? reading.sidecar : undefined;
}

/** Two names of one file; another one with the same bytes is somebody else's. */
async function isOneFile({ lstat }: FileOperations, one: string, other: string): Promise<boolean> {
  try {
    const [a, b] = [await lstat(one, { bigint: true }), await lstat(other, { bigint: true })];
    return a.ino === b.ino && a.dev === b.dev;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
