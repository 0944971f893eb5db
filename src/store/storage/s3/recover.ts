/**
 * Finishes the operations of dead processes, and uploads that failed before. Holds the catalog's lock only while it updates the catalog, not
 * during requests.
 */
import { readSidecar, type Sidecar } from '../../artifacts/sidecar.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { readIfExists, remove } from '../../files/files.ts';
import { sha256 } from '../../files/sha256.ts';
import type { ProcessLock } from '../../locks/process-lock.ts';
import {
  idOf,
  imageName,
  type JournalEntry,
  journalEntryName,
  ownerOf,
  readJournalEntry,
  removeEntryFiles,
  uploadName,
} from '../journal.ts';
import type { WriteContext } from '../write-context.ts';
import {
  type BucketContext,
  commitToBucket,
  objectKeyOf,
  readCurrentSidecar,
  removeFromBucket,
} from './commit-artifact.ts';
import { S3Fault } from './fault.ts';
import { abortUpload, abortUploads } from './multipart.ts';

/**
 * @param postponed names of journal entries of this opened store; finished ones are removed from the set
 * @returns whether all operations are finished
 */
export async function recoverBucket(
  target: BucketContext,
  context: WriteContext,
  { isAlive, adopt }: ProcessLock,
  catalog: Catalog,
  postponed: Set<string>,
): Promise<boolean> {
  const { files, incoming } = context;
  const filesOf = async (owner: string) =>
    (await files.readdir(incoming.pathOf('.'))).filter((name) => ownerOf(name) === owner);
  let isComplete = true;
  const finish = async (name: string): Promise<boolean> => {
    const entry = readJournalEntry(name);
    if (entry === undefined) return true;
    try {
      await finishEntry(target, context, entry, catalog);
      await removeEntryFiles(context, entry);
      return true;
    } catch (error) {
      // The entry stays for a later attempt. When the bucket does not answer, the other entries are not tried either.
      isComplete = false;
      if (error instanceof S3Fault && (error.isTransient || error.code === 'aborted')) throw error;
      return false;
    }
  };
  try {
    for (const name of [...postponed]) if (await finish(name)) postponed.delete(name);
    const owners = new Set((await files.readdir(incoming.pathOf('.'))).map(ownerOf));
    for (const owner of owners) {
      if (await isAlive(owner)) continue;
      const release = await adopt(owner);
      if (release === undefined) continue;
      try {
        const failed = new Set<string>();
        for (const name of await filesOf(owner)) if (!(await finish(name))) failed.add(idOf(name));
        // Files without a journal entry belong to no operation.
        for (const name of await filesOf(owner))
          if (!failed.has(idOf(name))) await remove(files, incoming.pathOf(name));
      } finally {
        await release();
      }
    }
  } catch (error) {
    if (!(error instanceof S3Fault)) throw error;
  }
  return isComplete;
}

class LaterVersion extends Error {}

async function finishEntry(
  target: BucketContext,
  context: WriteContext,
  entry: JournalEntry,
  catalog: Catalog,
): Promise<void> {
  const { files, incoming } = context;
  const text = await readIfExists(files, incoming.pathOf(journalEntryName(entry)));
  const reading = text && readSidecar(text.toString());
  if (reading?.kind === 'newer') throw new LaterVersion('the entry is of a later version of the library');
  await abortStartedUpload(target, context, entry);
  // The operation starts after its entry is complete.
  if (reading?.kind !== 'sidecar' || reading.sidecar.id !== entry.id) return;
  const { sidecar } = reading;
  const { folder } = entry;
  const current = await readCurrentSidecar(target, folder, sidecar);
  if (entry.kind === 'delete') {
    if (current) await removeFromBucket(target, sidecar, folder);
    await catalog.exclusive((entries) => entries.remove(sidecar.id));
    return;
  }
  const saved =
    current?.sidecar ??
    (entry.kind === 'add' ? await completeAdd(target, context, entry, sidecar, catalog) : undefined);
  if (saved) await catalog.exclusive(({ put }) => put(saved, folder));
}

async function completeAdd(
  target: BucketContext,
  context: WriteContext,
  entry: JournalEntry,
  sidecar: Sidecar,
  catalog: Catalog,
): Promise<Sidecar | undefined> {
  const { files, incoming } = context;
  const bytes = await readIfExists(files, incoming.pathOf(imageName(entry)));
  // The addition had not come far enough, or the image was deleted since.
  if (bytes === undefined || sha256(bytes) !== sidecar.sha256) return undefined;
  if (await isAlreadySaved(target, sidecar, catalog)) return undefined;
  return commitToBucket(target, context, entry, sidecar, bytes);
}

/** The job of the image may have been fetched and saved again in the meantime. */
async function isAlreadySaved(
  { objects, bucket }: BucketContext,
  sidecar: Sidecar,
  catalog: Catalog,
): Promise<boolean> {
  const known = (await catalog.findOfJob(sidecar)) ?? (await catalog.find(sidecar.id));
  if (known === undefined) return false;
  return (await objects.head(objectKeyOf(bucket, known.folder, known.file))) !== undefined;
}

/** Aborts an unfinished multipart upload: its parts cost money and no listing of objects shows them. */
async function abortStartedUpload(
  { send }: BucketContext,
  { files, incoming }: WriteContext,
  entry: JournalEntry,
): Promise<void> {
  const path = incoming.pathOf(uploadName(entry));
  const text = await readIfExists(files, path);
  const started = text && readUpload(text.toString());
  if (started?.uploadId !== undefined) await abortUpload(send, started.key, started.uploadId);
  // The process died before it received an id. The upload may exist all the same.
  else if (started) await abortUploads(send, started.key);
  await remove(files, path);
}

function readUpload(text: string): { readonly key: string; readonly uploadId: string | undefined } | undefined {
  try {
    const { key, uploadId } = JSON.parse(text) as { readonly key?: unknown; readonly uploadId?: unknown }; // checked below
    return typeof key === 'string' ? { key, uploadId: typeof uploadId === 'string' ? uploadId : undefined } : undefined;
  } catch {
    return undefined; // the file is replaced atomically, so only a forged one is invalid
  }
}
