/** Brings to its end what dead processes, and saves that found no bucket, left in `incoming`. Nothing of it waits for the catalog's lock. */

import { sha256 } from '../../artifacts/describe-artifact.ts';
import { readSidecar, type Sidecar } from '../../artifacts/sidecar.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { readOrNothing, remove } from '../../files/files.ts';
import type { ProcessLock } from '../../locks/process-lock.ts';
import type { WriteContext } from '../artifact-writer.ts';
import {
  bytesName,
  idOf,
  type JournalEntry,
  journalEntryName,
  nextName,
  readJournalEntry,
  tokenOf,
  uploadName,
} from '../journal.ts';
import { type BucketWriteContext, commitToBucket, removeFromBucket, sidecarNow } from './commit-artifact.ts';
import { S3Fault } from './fault.ts';
import { abortUpload, abortUploads } from './multipart.ts';

/** @param waiting names of notes of this very opening; those that are done are taken out @returns whether nothing is left */
export async function recoverAll(
  room: BucketWriteContext,
  place: WriteContext,
  { isAlive, adopt }: ProcessLock,
  catalog: Catalog,
  waiting: Set<string>,
): Promise<boolean> {
  const { files, incoming } = place;
  const namesOf = async (token: string) =>
    (await files.readdir(incoming.at('.'))).filter((name) => tokenOf(name) === token);
  let isAll = true;
  const finish = async (name: string): Promise<boolean> => {
    const note = readJournalEntry(name);
    if (note === undefined) return true;
    try {
      await bringToEnd(room, place, note, catalog);
      await cleanUp(place, note);
      return true;
    } catch (error) {
      // It is left as it is, for whoever comes when that can be done. Where nobody answers, the others are not tried either.
      isAll = false;
      if (error instanceof S3Fault && (error.passes || error.code === 'aborted')) throw error;
      return false;
    }
  };
  try {
    for (const name of [...waiting]) if (await finish(name)) waiting.delete(name);
    const tokens = new Set((await files.readdir(incoming.at('.'))).map(tokenOf));
    for (const token of tokens) {
      if (await isAlive(token)) continue;
      const leave = await adopt(token);
      if (leave === undefined) continue;
      try {
        const stuck = new Set<string>();
        for (const name of await namesOf(token)) if (!(await finish(name))) stuck.add(idOf(name));
        // What belongs to no note is nobody's.
        for (const name of await namesOf(token)) if (!stuck.has(idOf(name))) await remove(files, incoming.at(name));
      } finally {
        await leave();
      }
    }
  } catch (error) {
    if (!(error instanceof S3Fault)) throw error;
  }
  return isAll;
}

class LaterVersion extends Error {}

async function bringToEnd(
  room: BucketWriteContext,
  place: WriteContext,
  note: JournalEntry,
  catalog: Catalog,
): Promise<void> {
  const { files, incoming } = place;
  const text = await readOrNothing(files, incoming.at(journalEntryName(note)));
  const read = text && readSidecar(text.toString());
  if (read?.kind === 'newer') throw new LaterVersion('a later version of the library has to do it');
  await endUpload(room, place, note);
  // A note that is not whole was never acted upon.
  if (read?.kind !== 'sidecar' || read.sidecar.id !== note.id) return;
  const { sidecar } = read;
  const { folder } = note;
  const there = await sidecarNow(room, folder, sidecar);
  if (note.kind === 'delete') {
    if (there) await removeFromBucket(room, sidecar, folder);
    await catalog.alone(({ remove: forget }) => forget(sidecar.id));
    return;
  }
  const added =
    there?.sidecar ?? (note.kind === 'add' ? await bringForward(room, place, note, sidecar, catalog) : undefined);
  if (added) await catalog.alone(({ put }) => put(added, folder));
}

async function bringForward(
  room: BucketWriteContext,
  place: WriteContext,
  note: JournalEntry,
  sidecar: Sidecar,
  catalog: Catalog,
): Promise<Sidecar | undefined> {
  const { files, incoming } = place;
  const bytes = await readOrNothing(files, incoming.at(bytesName(note)));
  // Without them it never came so far, or has left the store since.
  if (bytes === undefined || sha256(bytes) !== sidecar.sha256) return undefined;
  if (await isKeptElsewhere(room, sidecar, catalog)) return undefined;
  return commitToBucket(room, place, note, sidecar, bytes);
}

/** Its job may have been fetched once more meanwhile. */
async function isKeptElsewhere(
  { objects, bucket }: BucketWriteContext,
  sidecar: Sidecar,
  catalog: Catalog,
): Promise<boolean> {
  const known = (await catalog.findOfJob(sidecar)) ?? (await catalog.find(sidecar.id));
  if (known === undefined) return false;
  return (await objects.head(`${bucket.prefix}${[...known.folder, known.file].join('/')}`)) !== undefined;
}

/** Parts of a picture that was never finished cost money and show nowhere. */
async function endUpload(
  { send }: BucketWriteContext,
  { files, incoming }: WriteContext,
  note: JournalEntry,
): Promise<void> {
  const path = incoming.at(uploadName(note));
  const text = await readOrNothing(files, path);
  const begun = text && readUpload(text.toString());
  if (begun?.uploadId !== undefined) await abortUpload(send, begun.key, begun.uploadId);
  // It died before it heard the id, if there is one.
  else if (begun) await abortUploads(send, begun.key);
  await remove(files, path);
}

function readUpload(text: string): { readonly key: string; readonly uploadId: string | undefined } | undefined {
  try {
    const { key, uploadId } = JSON.parse(text) as { readonly key?: unknown; readonly uploadId?: unknown }; // looked at below
    return typeof key === 'string' ? { key, uploadId: typeof uploadId === 'string' ? uploadId : undefined } : undefined;
  } catch {
    return undefined; // it is replaced as a whole; whoever forged it has nothing from it
  }
}

/** The note last: without it, a picture under way is nobody's. */
async function cleanUp({ files, incoming }: WriteContext, note: JournalEntry): Promise<void> {
  for (const nameOf of [bytesName, nextName, uploadName, journalEntryName])
    await remove(files, incoming.at(nameOf(note)));
}
