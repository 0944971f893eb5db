/**
 * The journal in `incoming`: one entry for each operation in progress. The name of an entry begins with the id of its process
 * (`owner`), so that other processes can find what a dead one left behind. Its content is the sidecar, as it will be or as it was.
 */
import { AiImageError } from '../../providers/protocol/errors.ts';
import { readSidecar, type Sidecar, writeSidecar } from '../artifacts/sidecar.ts';
import { remove, replace, writeSynced } from '../files/files.ts';
import { PRIVATE_MODE, type WriteContext } from './write-context.ts';

const KINDS = ['add', 'change', 'delete'] as const;

export interface JournalEntry {
  readonly kind: (typeof KINDS)[number];
  /** Identifies the opened store that runs the operation. */
  readonly owner: string;
  /** The id of the image. */
  readonly id: string;
  readonly folder: readonly string[];
}

type EntryOwner = Pick<JournalEntry, 'owner' | 'id'>;

/** `<owner>.<id>.add.<folder>`; no part contains a dot. A name has at most 255 bytes, so folder names are limited: see `readNaming`. */
export const journalEntryName = ({ kind, owner, id, folder }: JournalEntry): string =>
  `${owner}.${id}.${kind}.${Buffer.from(folder.join('/')).toString('base64url')}`;

/** The image, before it has its final name. */
export const imageName = ({ owner, id }: EntryOwner): string => `${owner}.${id}.bytes`;

/** The id of a multipart upload in progress. */
export const uploadName = ({ owner, id }: EntryOwner): string => `${owner}.${id}.upload`;

/** A temporary file that becomes a journal entry or a sidecar. */
export const nextName = ({ owner, id }: EntryOwner): string => `${owner}.${id}.next`;

/** Reads the name of a file. @returns `undefined` when it is not a journal entry */
export function readJournalEntry(name: string): JournalEntry | undefined {
  const [owner, id, kind, folder, ...rest] = name.split('.');
  const known = KINDS.find((each) => each === kind);
  if (known === undefined || !owner || !id || folder === undefined || rest.length > 0) return undefined;
  const path = Buffer.from(folder, 'base64url').toString();
  return { kind: known, owner, id, folder: path === '' ? [] : path.split('/') };
}

export const ownerOf = (name: string): string => name.split('.')[0] ?? '';
export const idOf = (name: string): string => name.split('.')[1] ?? '';

/** @returns why the entry is not synced to disk */
export async function writeJournalEntry(
  { files, incoming }: WriteContext,
  entry: JournalEntry,
  sidecar: Sidecar,
): Promise<Error | undefined> {
  const next = incoming.pathOf(nextName(entry));
  // When the file cannot be deleted, the next line fails and reports why.
  await remove(files, next).catch(() => undefined);
  const unsynced = await writeSynced(files, next, writeSidecar(sidecar), PRIVATE_MODE);
  await replace(files, next, incoming.pathOf(journalEntryName(entry)));
  return unsynced;
}

export const removeJournalEntry = ({ files, incoming }: WriteContext, entry: JournalEntry): Promise<void> =>
  remove(files, incoming.pathOf(journalEntryName(entry)));

/** Deletes all files of an operation. The entry goes last, because without it nothing shows which operation the other files belong to. */
export async function removeEntryFiles({ files, incoming }: WriteContext, entry: JournalEntry): Promise<void> {
  for (const nameOf of [imageName, nextName, uploadName, journalEntryName])
    await remove(files, incoming.pathOf(nameOf(entry)));
}

/** Checks that a sidecar can be read again after it is written. @throws AiImageError `internal` */
export function checkSidecar(described: Omit<Sidecar, 'file'>): void {
  const reading = readSidecar(new TextDecoder().decode(writeSidecar({ ...described, file: 'x' })));
  if (reading.kind === 'sidecar') return;
  const why = reading.kind === 'broken' ? reading.why : 'it is not a sidecar';
  throw new AiImageError('internal', `the sidecar of the image would be invalid: ${why}`, {
    hint: 'The provider returned a value of the wrong type. Check it with describeProvider from @org/ai-image/testing.',
  });
}
