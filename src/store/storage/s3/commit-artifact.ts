/**
 * How a picture and its sidecar come into a bucket. An object is there whole or not at all, and is written only where nothing is; so here
 * too the picture comes first, and its sidecar is what makes it one of the store's. All of it can be done again from the start: what is
 * ours is known by its mark.
 */

import { readSidecar, type Sidecar, sidecarName, writeSidecar } from '../../artifacts/sidecar.ts';
import { remove, replace, writeSynced } from '../../files/files.ts';
import { EXTENSIONS, PRIVATE, type WriteContext, writeJournalEntry } from '../artifact-writer.ts';
import { type JournalEntry, nextName, uploadName } from '../journal.ts';
import { LARGE_BYTES, putLarge } from './multipart.ts';
import { type Content, type Objects, type Send, sha256Of } from './objects.ts';
import type { Bucket } from './settings.ts';

export interface BucketWriteContext {
  readonly bucket: Bucket;
  readonly send: Send;
  readonly objects: Objects;
}

/** No sidecar of ours is near it. */
export const MAX_SIDECAR_BYTES = 4 * 1024 * 1024;

export const objectKeyOf = ({ prefix }: Bucket, folder: readonly string[], name: string): string =>
  `${prefix}${[...folder, name].join('/')}`;

/** Of the same picture, from the same time it was kept. */
export const isSame = (one: Pick<Sidecar, 'id' | 'createdAt'>, other: Pick<Sidecar, 'id' | 'createdAt'>): boolean =>
  one.id === other.id && one.createdAt === other.createdAt;

/** What stands under a sidecar's key now. @returns `undefined` where it is not that of the same picture */
export async function sidecarNow(
  { bucket, objects }: BucketWriteContext,
  folder: readonly string[],
  sidecar: Sidecar,
): Promise<{ readonly sidecar: Sidecar; readonly etag: string } | undefined> {
  const found = await objects.get(objectKeyOf(bucket, folder, sidecarName(sidecar.file)), MAX_SIDECAR_BYTES);
  const reading = found && readSidecar(new TextDecoder().decode(found.bytes));
  if (reading?.kind !== 'sidecar' || !isSame(reading.sidecar, sidecar)) return undefined;
  return { sidecar: reading.sidecar, etag: found?.etag ?? '' };
}

const MARK = 'x-amz-meta-ai-image';
const markOf = ({ id, createdAt }: Pick<Sidecar, 'id' | 'createdAt'>) => encodeURIComponent(`${id} ${createdAt}`);

const MEDIA_TYPES: Readonly<Record<Sidecar['format'], string>> = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  avif: 'image/avif',
  svg: 'image/svg+xml',
};

const pictureOf = (bytes: Uint8Array, sidecar: Sidecar): Content => ({
  bytes,
  sha256: sidecar.sha256,
  headers: {
    'content-type': MEDIA_TYPES[sidecar.format],
    // A drawing may hold scripts: where a bucket is public, no browser runs them.
    ...(sidecar.format === 'svg' && { 'content-disposition': 'attachment' }),
    [MARK]: markOf(sidecar),
  },
});

export function sidecarOf(sidecar: Sidecar): Content {
  const bytes = writeSidecar(sidecar);
  return { bytes, sha256: sha256Of(bytes), headers: { 'content-type': 'application/json', [MARK]: markOf(sidecar) } };
}

/** Whole names that were seen taken, before all of them are asked for at once. */
const LOOKS = 3;

/**
 * Finds a free name and gives it to picture and sidecar. The note, which is there already, says at each moment which name it is.
 * @param noted what it says now
 * @throws S3Fault; NodeJS.ErrnoException
 */
export async function commitToBucket(
  room: BucketWriteContext,
  place: WriteContext,
  note: JournalEntry,
  noted: Sidecar,
  bytes: Uint8Array,
): Promise<Sidecar> {
  const { bucket } = room;
  const { wanted } = place;
  const { file: first, ...described } = noted;
  const name = first.slice(0, first.lastIndexOf('.'));
  let last = noted;
  let taken: ReadonlySet<string> = new Set();
  let looks = 0;
  for (let attempt = 1; ; attempt++) {
    const file = `${name}${attempt === 1 ? '' : `-${attempt}`}.${EXTENSIONS[described.format]}`;
    const claim = objectKeyOf(bucket, note.folder, sidecarName(file));
    if (wanted.has(claim) || taken.has(claim)) continue;
    if (looks++ === LOOKS) {
      taken = await takenNames(room, note.folder, name);
      if (taken.has(claim)) continue;
    }
    wanted.add(claim);
    try {
      const sidecar: Sidecar = { ...described, file };
      if (file !== last.file) await writeJournalEntry(place, note, sidecar);
      await place.incoming.sync();
      last = sidecar;
      const there = await give(room, place, note, sidecar, bytes);
      if (there) return there;
    } finally {
      wanted.delete(claim);
    }
  }
}

/** Keys of the sidecars that names which begin like this have, or would have. */
async function takenNames(
  { bucket, objects }: BucketWriteContext,
  folder: readonly string[],
  name: string,
): Promise<Set<string>> {
  const taken = new Set<string>();
  for await (const keys of objects.list(objectKeyOf(bucket, folder, `${name}-`))) {
    for (const key of keys) taken.add(sidecarName(key));
  }
  return taken;
}

/** @returns `undefined` where somebody has the name */
async function give(
  room: BucketWriteContext,
  place: WriteContext,
  note: JournalEntry,
  sidecar: Sidecar,
  bytes: Uint8Array,
): Promise<Sidecar | undefined> {
  const { bucket, objects } = room;
  const key = objectKeyOf(bucket, note.folder, sidecar.file);
  const sidecarKey = objectKeyOf(bucket, note.folder, sidecarName(sidecar.file));
  // Looked at first, for servers that write over what is there whatever we ask.
  const [isOurs, beside] = await Promise.all([isPictureOurs(room, key, sidecar), objects.head(sidecarKey)]);
  if (beside) return isOurs ? (await sidecarNow(room, note.folder, sidecar))?.sidecar : undefined;
  if (isOurs === false) return undefined;
  if (isOurs === undefined && !(await putPicture(room, place, note, key, pictureOf(bytes, sidecar), sidecar))) {
    return undefined;
  }
  if (await objects.putNew(sidecarKey, sidecarOf(sidecar))) return sidecar;
  const now = await sidecarNow(room, note.folder, sidecar);
  // Else somebody was faster, with another picture of this name.
  if (now === undefined) await objects.remove(key);
  return now?.sidecar;
}

/** @returns `undefined` where there is none */
async function isPictureOurs(
  { objects }: BucketWriteContext,
  key: string,
  sidecar: Sidecar,
): Promise<boolean | undefined> {
  const there = await objects.head(key);
  return there && there.headers.get(MARK) === markOf(sidecar) && there.length === sidecar.bytes;
}

async function putPicture(
  room: BucketWriteContext,
  { files, incoming }: WriteContext,
  note: JournalEntry,
  key: string,
  content: Content,
  sidecar: Sidecar,
): Promise<boolean> {
  const isOurs = async () => (await isPictureOurs(room, key, sidecar)) === true;
  if (content.bytes.length < LARGE_BYTES) return (await room.objects.putNew(key, content)) || isOurs();
  const [path, next] = [incoming.at(uploadName(note)), incoming.at(nextName(note))];
  return putLarge(key, content, {
    ...room,
    isOurs,
    async begun(uploadId) {
      await remove(files, next);
      await writeSynced(files, next, new TextEncoder().encode(JSON.stringify({ key, uploadId })), PRIVATE);
      await replace(files, next, path);
      await incoming.sync();
    },
    over: () => remove(files, path),
  });
}

/** The picture first: until it is gone, its sidecar says whose it is. */
export async function removeFromBucket(
  { bucket, objects }: BucketWriteContext,
  { file }: Sidecar,
  folder: readonly string[],
): Promise<void> {
  await objects.remove(objectKeyOf(bucket, folder, file));
  await objects.remove(objectKeyOf(bucket, folder, sidecarName(file)));
}
