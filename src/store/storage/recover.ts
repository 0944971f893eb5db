/** Finishes or rolls back the operations of dead processes in a directory. An addition is finished when its image is complete. */
import { readSidecar, type Sidecar, sidecarName } from '../artifacts/sidecar.ts';
import { codeOf, type FileOperations, ignoreExisting, linkOrCopy, readIfExists, remove } from '../files/files.ts';
import type { OpenFolder } from '../files/folders.ts';
import { sha256 } from '../files/sha256.ts';
import { removeImageAndSidecar } from './artifact-writer.ts';
import { commitArtifact, linkSidecar } from './commit-artifact.ts';
import { idOf, imageName, type JournalEntry, journalEntryName, ownerOf, readJournalEntry } from './journal.ts';
import type { WriteContext } from './write-context.ts';

/** A change that the catalog needs. */
export interface RecoveredArtifact {
  readonly kind: 'saved' | 'deleted';
  readonly sidecar: Sidecar;
  readonly folder: readonly string[];
}

export interface Recovery {
  readonly recovered: readonly RecoveredArtifact[];
  /** Deletes the journal entries. Call it when the catalog is updated. */
  readonly finish: () => Promise<void>;
}

/** Only one process at a time may call this. @param isAlive checks whether the process of an entry is still running */
export async function recoverDirectory(
  context: WriteContext,
  isAlive: (owner: string) => Promise<boolean>,
): Promise<Recovery> {
  const { files, incoming } = context;
  const abandoned: string[] = [];
  const known = new Map<string, boolean>();
  for (const name of await files.readdir(incoming.pathOf('.'))) {
    const owner = ownerOf(name);
    if (!known.has(owner)) known.set(owner, await isAlive(owner));
    if (!known.get(owner)) abandoned.push(name);
  }
  const recovered: RecoveredArtifact[] = [];
  const failed = new Set<string>();
  for (const name of abandoned) {
    const entry = readJournalEntry(name);
    if (entry === undefined) continue;
    try {
      recovered.push(...(await finishEntry(context, entry)));
    } catch {
      // The entry stays for a later opening, when its files can be read or written again. It does not hold up the others.
      failed.add(`${entry.owner}.${entry.id}`);
    }
  }
  const finished = abandoned.filter((name) => !failed.has(`${ownerOf(name)}.${idOf(name)}`));
  return {
    recovered,
    async finish() {
      // Entries go last, because without them nothing shows which operation the other files belong to.
      const isEntry = (name: string) => readJournalEntry(name) !== undefined;
      const [entries, others] = [finished.filter(isEntry), finished.filter((name) => !isEntry(name))];
      for (const name of [...others, ...entries]) await remove(files, incoming.pathOf(name));
    },
  };
}

class LaterVersion extends Error {}

async function finishEntry(context: WriteContext, entry: JournalEntry): Promise<readonly RecoveredArtifact[]> {
  const { files, incoming, folders } = context;
  const reading = readSidecar((await files.readFile(incoming.pathOf(journalEntryName(entry)))).toString());
  if (reading.kind === 'newer') throw new LaterVersion('the entry is of a later version of the library');
  // The operation starts after its entry is complete.
  if (reading.kind !== 'sidecar' || reading.sidecar.id !== entry.id) return [];
  const { sidecar } = reading;
  const { folder } = entry;
  const opened = await (entry.kind === 'add' ? folders.create(folder) : openIfExists(context, folder));
  try {
    const current = opened && (await currentSidecar(files, opened, sidecar));
    if (entry.kind === 'delete') {
      if (opened && current) await removeImageAndSidecar(files, current, opened);
      return [{ kind: 'deleted', sidecar, folder }];
    }
    // If the change was not applied, the sidecar on disk is still the old one. Reporting it again does not alter the index.
    if (opened && current) {
      if (entry.kind === 'add') await restoreImage(context, entry, current, opened);
      return [{ kind: 'saved', sidecar: current, folder }];
    }
    if (entry.kind === 'change' || opened === undefined) return [];
    return await completeAdd(context, entry, sidecar, opened);
  } finally {
    await opened?.close();
  }
}

/** Links the image again. A power failure may lose the link of the image and keep the later link of the sidecar. */
async function restoreImage(
  { files, incoming }: WriteContext,
  entry: JournalEntry,
  { file, sha256: hash }: Sidecar,
  folder: OpenFolder,
): Promise<void> {
  const bytes = await readIfExists(files, incoming.pathOf(imageName(entry)));
  if (bytes === undefined || sha256(bytes) !== hash) return;
  await linkOrCopy(files, incoming.pathOf(imageName(entry)), folder.pathOf(file)).catch(ignoreExisting);
  await folder.sync();
}

async function completeAdd(
  context: WriteContext,
  entry: JournalEntry,
  sidecar: Sidecar,
  opened: OpenFolder,
): Promise<readonly RecoveredArtifact[]> {
  const { files, incoming } = context;
  const { folder } = entry;
  const imagePath = incoming.pathOf(imageName(entry));
  const bytes = await readIfExists(files, imagePath);
  // The addition had not come far enough, or the image was deleted since.
  if (bytes === undefined || sha256(bytes) !== sidecar.sha256) return [];
  if (await isSameFile(files, imagePath, opened.pathOf(sidecar.file))) {
    try {
      await linkSidecar(context, entry, opened, sidecar.file);
      return [{ kind: 'saved', sidecar, folder }];
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      await remove(files, opened.pathOf(sidecar.file));
    }
  }
  // The image has no name yet, or another image took its name, so it gets another one.
  const { file, ...described } = sidecar;
  const named = await commitArtifact(context, entry, described, file.slice(0, file.lastIndexOf('.')));
  return [{ kind: 'saved', sidecar: named, folder }];
}

async function openIfExists({ folders }: WriteContext, folder: readonly string[]): Promise<OpenFolder | undefined> {
  try {
    return await folders.open(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** @returns the current sidecar of the image; `undefined` when the file belongs to another image or does not exist */
async function currentSidecar(
  files: FileOperations,
  folder: OpenFolder,
  sidecar: Sidecar,
): Promise<Sidecar | undefined> {
  const text = await readIfExists(files, folder.pathOf(sidecarName(sidecar.file)));
  const reading = text && readSidecar(text.toString());
  if (reading?.kind !== 'sidecar') return undefined;
  const { id, createdAt } = reading.sidecar;
  return id === sidecar.id && createdAt === sidecar.createdAt ? reading.sidecar : undefined;
}

/** Compares inodes: another file with the same bytes belongs to another image. */
async function isSameFile({ lstat }: FileOperations, one: string, other: string): Promise<boolean> {
  try {
    const [a, b] = [await lstat(one, { bigint: true }), await lstat(other, { bigint: true })];
    return a.ino === b.ino && a.dev === b.dev;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
