/**
 * Uploads an image and its sidecar under a free name. An object exists completely or not at all, and is written only where none exists. The
 * image goes first, and its sidecar makes it part of the store. All steps can be repeated from the start: our own objects are recognised by
 * their metadata.
 */
import { MEDIA_TYPES } from '../../../providers/protocol/index.ts';
import { imageFileName } from '../../artifacts/file-extensions.ts';
import { readSidecar, type Sidecar, sidecarName, writeSidecar } from '../../artifacts/sidecar.ts';
import { remove, replace, writeSynced } from '../../files/files.ts';
import { sha256 } from '../../files/sha256.ts';
import { type JournalEntry, nextName, uploadName, writeJournalEntry } from '../journal.ts';
import { PRIVATE_MODE, type WriteContext } from '../write-context.ts';
import type { Content } from './content.ts';
import { MIN_MULTIPART_BYTES, putMultipart } from './multipart.ts';
import type { Objects, Send } from './objects.ts';
import type { Bucket } from './settings.ts';

export interface BucketContext {
  readonly bucket: Bucket;
  readonly send: Send;
  readonly objects: Objects;
}

/** Larger than any sidecar of this library. */
export const MAX_SIDECAR_BYTES = 4 * 1024 * 1024;

export const objectKeyOf = ({ prefix }: Bucket, folder: readonly string[], name: string): string =>
  `${prefix}${[...folder, name].join('/')}`;

type SavedArtifact = Pick<Sidecar, 'id' | 'createdAt'>;

/** The same image, saved at the same time. */
const isSameArtifact = (one: SavedArtifact, other: SavedArtifact): boolean =>
  one.id === other.id && one.createdAt === other.createdAt;

/** Reads the current sidecar of an image. @returns `undefined` when the object belongs to another image or does not exist */
export async function readCurrentSidecar(
  { bucket, objects }: BucketContext,
  folder: readonly string[],
  sidecar: Sidecar,
): Promise<{ readonly sidecar: Sidecar; readonly etag: string } | undefined> {
  const found = await objects.get(objectKeyOf(bucket, folder, sidecarName(sidecar.file)), MAX_SIDECAR_BYTES);
  const reading = found && readSidecar(new TextDecoder().decode(found.bytes));
  if (reading?.kind !== 'sidecar' || !isSameArtifact(reading.sidecar, sidecar)) return undefined;
  return { sidecar: reading.sidecar, etag: found?.etag ?? '' };
}

/** The metadata that identifies an object as ours. */
const METADATA_HEADER = 'x-amz-meta-ai-image';
const metadataOf = ({ id, createdAt }: SavedArtifact) => encodeURIComponent(`${id} ${createdAt}`);

const toImageContent = (bytes: Uint8Array, sidecar: Sidecar): Content => ({
  bytes,
  sha256: sidecar.sha256,
  headers: {
    'content-type': MEDIA_TYPES[sidecar.format],
    // An SVG may contain scripts. As an attachment, browsers do not run them when the bucket is public.
    ...(sidecar.format === 'svg' && { 'content-disposition': 'attachment' }),
    [METADATA_HEADER]: metadataOf(sidecar),
  },
});

export function toSidecarContent(sidecar: Sidecar): Content {
  const bytes = writeSidecar(sidecar);
  return {
    bytes,
    sha256: sha256(bytes),
    headers: { 'content-type': 'application/json', [METADATA_HEADER]: metadataOf(sidecar) },
  };
}

/** After this many taken names, all names are listed at once. */
const MAX_SINGLE_CHECKS = 3;

/**
 * Finds a free name and uploads the image and its sidecar. The journal entry exists already and always holds the name in use.
 * @param journaled the sidecar in the journal entry
 * @throws S3Fault; NodeJS.ErrnoException
 */
export async function commitToBucket(
  target: BucketContext,
  context: WriteContext,
  entry: JournalEntry,
  journaled: Sidecar,
  bytes: Uint8Array,
): Promise<Sidecar> {
  const { bucket } = target;
  const { reservedNames } = context;
  const { file: first, ...described } = journaled;
  const name = first.slice(0, first.lastIndexOf('.'));
  let last = journaled;
  let taken: ReadonlySet<string> = new Set();
  let checks = 0;
  for (let attempt = 1; ; attempt++) {
    const file = imageFileName(`${name}${attempt === 1 ? '' : `-${attempt}`}`, described.format);
    const reservation = objectKeyOf(bucket, entry.folder, sidecarName(file));
    if (reservedNames.has(reservation) || taken.has(reservation)) continue;
    if (checks++ === MAX_SINGLE_CHECKS) {
      taken = await listTakenNames(target, entry.folder, name);
      if (taken.has(reservation)) continue;
    }
    reservedNames.add(reservation);
    try {
      const sidecar: Sidecar = { ...described, file };
      if (file !== last.file) await writeJournalEntry(context, entry, sidecar);
      await context.incoming.sync();
      last = sidecar;
      const saved = await putImageAndSidecar(target, context, entry, sidecar, bytes);
      if (saved) return saved;
    } finally {
      reservedNames.delete(reservation);
    }
  }
}

/** Returns the keys of the sidecars whose names begin like this, also for images without a sidecar. */
async function listTakenNames(
  { bucket, objects }: BucketContext,
  folder: readonly string[],
  name: string,
): Promise<Set<string>> {
  const taken = new Set<string>();
  for await (const keys of objects.list(objectKeyOf(bucket, folder, `${name}-`))) {
    for (const key of keys) taken.add(sidecarName(key));
  }
  return taken;
}

/** @returns the saved sidecar; `undefined` when another image has the name */
async function putImageAndSidecar(
  target: BucketContext,
  context: WriteContext,
  entry: JournalEntry,
  sidecar: Sidecar,
  bytes: Uint8Array,
): Promise<Sidecar | undefined> {
  const { bucket, objects } = target;
  const key = objectKeyOf(bucket, entry.folder, sidecar.file);
  const sidecarKey = objectKeyOf(bucket, entry.folder, sidecarName(sidecar.file));
  // Checked first, because some servers overwrite in spite of `If-None-Match`.
  const [isOurs, sidecarInfo] = await Promise.all([isOurImage(target, key, sidecar), objects.head(sidecarKey)]);
  if (sidecarInfo) return isOurs ? (await readCurrentSidecar(target, entry.folder, sidecar))?.sidecar : undefined;
  if (isOurs === false) return undefined;
  if (isOurs === undefined) {
    const isWritten = await putImage(target, context, entry, key, toImageContent(bytes, sidecar), sidecar);
    if (!isWritten) return undefined;
  }
  if (await objects.putNew(sidecarKey, toSidecarContent(sidecar))) return sidecar;
  const current = await readCurrentSidecar(target, entry.folder, sidecar);
  // Another image took the name in the meantime.
  if (current === undefined) await objects.remove(key);
  return current?.sidecar;
}

/** @returns `undefined` when there is no object */
async function isOurImage({ objects }: BucketContext, key: string, sidecar: Sidecar): Promise<boolean | undefined> {
  const info = await objects.head(key);
  return info && info.headers.get(METADATA_HEADER) === metadataOf(sidecar) && info.length === sidecar.bytes;
}

async function putImage(
  target: BucketContext,
  { files, incoming }: WriteContext,
  entry: JournalEntry,
  key: string,
  content: Content,
  sidecar: Sidecar,
): Promise<boolean> {
  const isOurs = async () => (await isOurImage(target, key, sidecar)) === true;
  if (content.bytes.length < MIN_MULTIPART_BYTES) return (await target.objects.putNew(key, content)) || isOurs();
  const [path, next] = [incoming.pathOf(uploadName(entry)), incoming.pathOf(nextName(entry))];
  return putMultipart(key, content, {
    ...target,
    isOurs,
    async onStarted(uploadId) {
      await remove(files, next);
      await writeSynced(files, next, new TextEncoder().encode(JSON.stringify({ key, uploadId })), PRIVATE_MODE);
      await replace(files, next, path);
      await incoming.sync();
    },
    onEnded: () => remove(files, path),
  });
}

/** Deletes the image first: until it is gone, its sidecar tells which image it is. */
export async function removeFromBucket(
  { bucket, objects }: BucketContext,
  { file }: Sidecar,
  folder: readonly string[],
): Promise<void> {
  await objects.remove(objectKeyOf(bucket, folder, file));
  await objects.remove(objectKeyOf(bucket, folder, sidecarName(file)));
}
