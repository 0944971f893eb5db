/**
 * Images and sidecars as objects of a bucket. Before a request, the image, its sidecar and a journal entry are written to `incoming`. They
 * stay there until both objects exist.
 */
import { imageFileName, isImageFile } from '../../artifacts/file-extensions.ts';
import { type Sidecar, sidecarName } from '../../artifacts/sidecar.ts';
import { remove, writeSynced } from '../../files/files.ts';
import { isOwnFolder, type Layout } from '../../files/paths.ts';
import type { ArtifactStorage, FolderListing } from '../artifact-storage.ts';
import {
  checkSidecar,
  imageName,
  type JournalEntry,
  journalEntryName,
  nextName,
  removeJournalEntry,
  writeJournalEntry,
} from '../journal.ts';
import { IMAGE_MODE } from '../write-context.ts';
import {
  type BucketContext,
  commitToBucket,
  MAX_SIDECAR_BYTES,
  objectKeyOf,
  readCurrentSidecar,
  removeFromBucket,
  toSidecarContent,
} from './commit-artifact.ts';
import { S3Fault, toUnusableBucketError } from './fault.ts';
import { createObjects } from './objects.ts';
import { postponedUploadError } from './postponed-upload.ts';
import { recoverBucket } from './recover.ts';
import { createSender } from './sender.ts';
import type { Bucket } from './settings.ts';

/** After a successful check, the bucket is not checked again for this long, unless a request fails. */
const CHECK_VALID_MS = 2_000;

/** An object that does not exist says nothing about its bucket. */
const isOfBucket = ({ status, errorCode }: S3Fault) => status !== 404 || errorCode === 'NoSuchBucket';

export function createS3Storage(bucket: Bucket, layout: Layout): ArtifactStorage {
  let checkedAt = Number.NEGATIVE_INFINITY;
  /** Also counts attempts that are still repeated: until one succeeds, each call checks the bucket before it costs money. */
  let faults = 0;
  const { send, close } = createSender(bucket, (fault) => {
    if (!isOfBucket(fault)) return;
    faults++;
    checkedAt = Number.NEGATIVE_INFINITY;
  });
  const objects = createObjects(send);
  const target: BucketContext = { bucket, send, objects };
  const hurried = createHurriedContext(bucket, send);
  /** Journal entries of this opened store whose requests failed. */
  const postponed = new Set<string>();
  let hasFailedRecovery = false;
  let recovering: Promise<void> = Promise.resolve();

  const addressOf = (folder: readonly string[], name?: string) =>
    [bucket.address, ...folder, ...(name === undefined ? [] : [name])].join('/');
  const postpone = (entry: JournalEntry) => void postponed.add(journalEntryName(entry));

  return {
    pathOf: addressOf,
    async read(folder, name, maxBytes = MAX_SIDECAR_BYTES) {
      const { objects: from } = maxBytes === MAX_SIDECAR_BYTES ? hurried : target;
      const found = await from.get(objectKeyOf(bucket, folder, name), maxBytes);
      if (found) return found.bytes;
      throw Object.assign(new Error(`${addressOf(folder, name)} does not exist`), { code: 'ENOENT' });
    },
    isListingCurrent: false,
    walk: () => walkBucket(target),
    async add(context, bytes, described, folder, name) {
      const { files, incoming, owner } = context;
      checkSidecar(described);
      const entry: JournalEntry = { kind: 'add', owner, id: described.id, folder };
      const sidecar: Sidecar = { ...described, file: imageFileName(name, described.format) };
      try {
        await writeJournalEntry(context, entry, sidecar);
        await writeSynced(files, incoming.pathOf(imageName(entry)), bytes, IMAGE_MODE);
        await incoming.sync();
      } catch (error) {
        for (const nameOf of [imageName, nextName, journalEntryName]) {
          await remove(files, incoming.pathOf(nameOf(entry))).catch(() => undefined); // the next process that opens the store tries again
        }
        throw error;
      }
      try {
        const added = await commitToBucket(target, context, entry, sidecar, bytes);
        await remove(files, incoming.pathOf(imageName(entry)));
        return { sidecar: added, finish: () => removeJournalEntry(context, entry) };
      } catch (error) {
        postpone(entry);
        throw postponedUploadError(bucket.address, layout.incoming, error);
      }
    },
    async change(context, sidecar, folder) {
      const entry: JournalEntry = { kind: 'change', owner: context.owner, id: sidecar.id, folder };
      await writeJournalEntry(context, entry, sidecar);
      await context.incoming.sync();
      try {
        await replaceSidecar(hurried, sidecar, folder);
        return () => removeJournalEntry(context, entry);
      } catch (error) {
        // It is unknown whether the change was made. A later recovery reads the sidecar and updates the catalog.
        if (error instanceof S3Fault && error.isTransient) postpone(entry);
        else await removeJournalEntry(context, entry).catch(() => undefined);
        throw error;
      }
    },
    async remove(context, sidecar, folder) {
      const entry: JournalEntry = { kind: 'delete', owner: context.owner, id: sidecar.id, folder };
      await writeJournalEntry(context, entry, sidecar);
      await context.incoming.sync();
      try {
        await removeFromBucket(hurried, sidecar, folder);
      } catch (error) {
        postpone(entry);
        throw error;
      }
      return () => removeJournalEntry(context, entry);
    },
    recover(context, processLock, catalog) {
      const work = async () => {
        hasFailedRecovery = !(await recoverBucket(target, context, processLock, catalog, postponed));
      };
      recovering = recovering.then(work, work);
      return recovering;
    },
    hasUnfinished: () => postponed.size > 0 || hasFailedRecovery,
    async preflight() {
      const startedAt = performance.now();
      if (startedAt - checkedAt < CHECK_VALID_MS) return;
      const faultsBefore = faults;
      await objects.checkBucket().catch((error: unknown) => {
        throw toUnusableBucketError(bucket.address, error);
      });
      // A request that failed during the check is later than the answer may be.
      if (faults === faultsBefore) checkedAt = startedAt;
    },
    close() {
      close();
      postponed.clear();
      checkedAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** A change or deletion holds the catalog's lock, and every process waits for it. Its three requests must fit into the time that they wait. */
const HURRIED_MS = 4_000;

function createHurriedContext(bucket: Bucket, sendUnhurried: BucketContext['send']): BucketContext {
  const send: BucketContext['send'] = (request, accepts) =>
    sendUnhurried({ ...request, withinMs: HURRIED_MS }, accepts);
  return { bucket, send, objects: createObjects(send) };
}

async function replaceSidecar(target: BucketContext, sidecar: Sidecar, folder: readonly string[]): Promise<void> {
  const { bucket, objects } = target;
  const content = toSidecarContent(sidecar);
  const key = objectKeyOf(bucket, folder, sidecarName(sidecar.file));
  const current = await readCurrentSidecar(target, folder, sidecar);
  if (current && (await objects.replace(key, content, current.etag))) return;
  // The answer to an earlier attempt may have been lost.
  const after = current && (await objects.get(key, MAX_SIDECAR_BYTES));
  if (after && Buffer.from(content.bytes).equals(after.bytes)) return;
  const address = [bucket.address, ...folder, sidecarName(sidecar.file)].join('/');
  throw new S3Fault(`${address} was changed by another process at the same time`, {
    isTransient: false,
    hint: 'Nothing was written. Try again.',
  });
}

/** Lists all keys first, because they arrive in alphabetical order, not grouped by folder. */
async function* walkBucket({ bucket, objects }: BucketContext): AsyncGenerator<FolderListing> {
  const folders = new Map<string, { readonly images: string[]; readonly sidecars: string[] }>();
  for await (const keys of objects.list(bucket.prefix)) {
    for (const key of keys) {
      const parts = key.slice(bucket.prefix.length).split('/');
      const name = parts.pop() ?? '';
      if (!isValidPath([...parts, name])) continue;
      const folder = parts.join('/');
      const known = folders.get(folder) ?? { images: [], sidecars: [] };
      folders.set(folder, known);
      if (isImageFile(name)) known.images.push(name);
      else if (name.endsWith('.json')) known.sidecars.push(name);
    }
  }
  for (const [folder, found] of folders) yield { folder: folder === '' ? [] : folder.split('/'), ...found };
}

/** Checks that each part could be the name of a file, and that the path is not in the store's own folder. */
const isValidPath = ([first = '', ...rest]: readonly string[]): boolean =>
  !(rest.length > 0 && isOwnFolder(first)) &&
  [first, ...rest].every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part));
