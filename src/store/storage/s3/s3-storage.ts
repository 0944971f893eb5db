/**
 * Pictures and sidecars as objects of a bucket. Before anything is sent, picture and sidecar are in `incoming` with a note of what is to be
 * done; until both objects are there, they stay there.
 */

import { type Sidecar, sidecarName } from '../../artifacts/sidecar.ts';
import { remove, writeSynced } from '../../files/files.ts';
import { isOwnFolder, type Layout } from '../../files/paths.ts';
import type { ArtifactStorage, Folder } from '../artifact-storage.ts';
import { checkDescribed, EXTENSIONS, READABLE, type WriteContext, writeJournalEntry } from '../artifact-writer.ts';
import { bytesName, type JournalEntry, journalEntryName, nextName } from '../journal.ts';
import { IMAGE_FILE } from '../walk.ts';
import {
  type BucketWriteContext,
  commitToBucket,
  MAX_SIDECAR_BYTES,
  objectKeyOf,
  removeFromBucket,
  sidecarNow,
  sidecarOf,
} from './commit-artifact.ts';
import { S3Fault, unreachable } from './fault.ts';
import { createObjects } from './objects.ts';
import { postponed } from './postponed.ts';
import { recoverAll } from './recover.ts';
import { createSender } from './send.ts';
import type { Bucket } from './settings.ts';

/** A bucket that answered is not asked again before each of many calls. */
const FRESH_MS = 10_000;

export function createS3Storage(bucket: Bucket, layout: Layout): ArtifactStorage {
  const { send, close } = createSender(bucket);
  const objects = createObjects(send);
  const room: BucketWriteContext = { bucket, send, objects };
  const quick = quickRoom(bucket, send);
  /** Notes of this opening that nobody works on any more. */
  const waiting = new Set<string>();
  let hasLeft = false;
  let seenAt = Number.NEGATIVE_INFINITY;
  let recovering: Promise<void> = Promise.resolve();

  const addressOf = (folder: readonly string[], name?: string) =>
    [bucket.address, ...folder, ...(name === undefined ? [] : [name])].join('/');
  const removeNote = ({ files, incoming }: WriteContext, note: JournalEntry) =>
    remove(files, incoming.at(journalEntryName(note)));
  const wait = (note: JournalEntry) => void waiting.add(journalEntryName(note));

  return {
    pathOf: addressOf,
    async read(folder, name, most = MAX_SIDECAR_BYTES) {
      const { objects: from } = most === MAX_SIDECAR_BYTES ? quick : room;
      const found = await from.get(objectKeyOf(bucket, folder, name), most);
      if (found) return found.bytes;
      throw Object.assign(new Error(`there is no ${addressOf(folder, name)}`), { code: 'ENOENT' });
    },
    walk: () => walkBucket(room),
    async add(place, bytes, described, folder, name) {
      const { files, incoming, token } = place;
      checkDescribed(described);
      const note: JournalEntry = { kind: 'add', token, id: described.id, folder };
      const sidecar: Sidecar = { ...described, file: `${name}.${EXTENSIONS[described.format]}` };
      try {
        await writeJournalEntry(place, note, sidecar);
        await writeSynced(files, incoming.at(bytesName(note)), bytes, READABLE);
        await incoming.sync();
      } catch (error) {
        for (const nameOf of [bytesName, nextName, journalEntryName]) {
          await remove(files, incoming.at(nameOf(note))).catch(() => undefined); // whoever opens the store later tries again
        }
        throw error;
      }
      try {
        const added = await commitToBucket(room, place, note, sidecar, bytes);
        await remove(files, incoming.at(bytesName(note)));
        return { sidecar: added, done: () => removeNote(place, note) };
      } catch (error) {
        wait(note);
        throw postponed(bucket.address, layout.incoming, error);
      }
    },
    async change(place, sidecar, folder) {
      const note: JournalEntry = { kind: 'change', token: place.token, id: sidecar.id, folder };
      await writeJournalEntry(place, note, sidecar);
      await place.incoming.sync();
      try {
        await replaceSidecar(quick, sidecar, folder);
        return () => removeNote(place, note);
      } catch (error) {
        // Where nobody knows whether it came through, the catalog hears later what stands there.
        if (error instanceof S3Fault && error.passes) wait(note);
        else await removeNote(place, note).catch(() => undefined);
        throw error;
      }
    },
    async remove(place, sidecar, folder) {
      const note: JournalEntry = { kind: 'delete', token: place.token, id: sidecar.id, folder };
      await writeJournalEntry(place, note, sidecar);
      await place.incoming.sync();
      try {
        await removeFromBucket(quick, sidecar, folder);
      } catch (error) {
        wait(note);
        throw error;
      }
      return () => removeNote(place, note);
    },
    recover(place, presence, catalog) {
      const work = async () => {
        hasLeft = !(await recoverAll(room, place, presence, catalog, waiting));
      };
      recovering = recovering.then(work, work);
      return recovering;
    },
    hasWaiting: () => waiting.size > 0 || hasLeft,
    async preflight() {
      if (performance.now() - seenAt < FRESH_MS) return;
      await objects.lookAtBucket().catch((error: unknown) => {
        throw unreachable(bucket.address, error);
      });
      seenAt = performance.now();
    },
    close() {
      close();
      waiting.clear();
      seenAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** Changes are made while all others, also in other processes, wait to write into the catalog: three requests within their patience. */
const QUICK_MS = 4_000;

function quickRoom(bucket: Bucket, unhurried: BucketWriteContext['send']): BucketWriteContext {
  const send: BucketWriteContext['send'] = (order, accepts) => unhurried({ ...order, withinMs: QUICK_MS }, accepts);
  return { bucket, send, objects: createObjects(send) };
}

async function replaceSidecar(room: BucketWriteContext, sidecar: Sidecar, folder: readonly string[]): Promise<void> {
  const { bucket, objects } = room;
  const content = sidecarOf(sidecar);
  const key = objectKeyOf(bucket, folder, sidecarName(sidecar.file));
  const now = await sidecarNow(room, folder, sidecar);
  if (now && (await objects.replace(key, content, now.etag))) return;
  // The answer to an earlier attempt may have been lost.
  const after = now && (await objects.get(key, MAX_SIDECAR_BYTES));
  if (after && Buffer.from(content.bytes).equals(after.bytes)) return;
  throw new S3Fault(
    `${bucket.address}/${[...folder, sidecarName(sidecar.file)].join('/')} was changed by somebody else`,
    {
      code: 'unavailable',
      passes: false,
      hint: 'Nothing was written. Try again.',
    },
  );
}

/** All keys are read before the first folder is known whole: they come in the order of their letters, not by folders. */
async function* walkBucket({ bucket, objects }: BucketWriteContext): AsyncGenerator<Folder> {
  const folders = new Map<string, { readonly pictures: string[]; readonly sidecars: string[] }>();
  for await (const keys of objects.list(bucket.prefix)) {
    for (const key of keys) {
      const parts = key.slice(bucket.prefix.length).split('/');
      const name = parts.pop() ?? '';
      if (!isOurKind([...parts, name])) continue;
      const folder = parts.join('/');
      const known = folders.get(folder) ?? { pictures: [], sidecars: [] };
      folders.set(folder, known);
      if (IMAGE_FILE.test(name)) known.pictures.push(name);
      else if (name.endsWith('.json')) known.sidecars.push(name);
    }
  }
  for (const [folder, found] of folders) yield { folder: folder === '' ? [] : folder.split('/'), ...found };
}

/** Of names that could be those of files. */
const isOurKind = ([first = '', ...rest]: readonly string[]): boolean =>
  !(rest.length > 0 && isOwnFolder(first)) &&
  [first, ...rest].every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part));
