/** Saves the images of a result, each with its sidecar. */

import { join } from 'node:path';
import packageJson from '../../../package.json' with { type: 'json' };
import { AiImageError, isAiImageError } from '../../providers/protocol/errors.ts';
import type { GeneratedImage, ImageGeneration } from '../../providers/protocol/index.ts';
import { describeArtifact } from '../artifacts/describe-artifact.ts';
import { embedMark } from '../artifacts/embed-mark.ts';
import type { Sidecar } from '../artifacts/sidecar.ts';
import { jobImage } from '../catalog/artifact-rows.ts';
import type { CatalogEntries } from '../catalog/catalog.ts';
import { createKeyedQueue, createSemaphore } from '../concurrency.ts';
import type { Layout } from '../files/paths.ts';
import type { ArtifactContext, ManagerStore, StoredArtifact } from '../interfaces/manager-store.ts';
import type { StoreResources } from '../open/resources.ts';
import type { ArtifactStorage } from '../storage/artifact-storage.ts';
import { quarantineBytes } from '../storage/quarantine.ts';
import { isPostponed } from '../storage/s3/postponed-upload.ts';
import { isStorageFault, reasonOf } from '../storage-error.ts';
import type { Store } from '../store.ts';
import type { ResolvedStoreSettings } from '../store-settings.ts';
import type { ArtifactFinder } from './find-artifacts.ts';

/** Each save has a few files open and a marked copy of its image. More concurrent saves are not faster. */
const MAX_CONCURRENT_SAVES = 8;

/** Marking a larger image takes the event loop some milliseconds. */
const LARGE_BYTES = 1_000_000;

const LIBRARY = `${packageJson.name} ${packageJson.version}`;

export function createImageSaver(
  { nameOf, partitionOf, prompts, marks, now }: ResolvedStoreSettings,
  layout: Layout,
  storage: ArtifactStorage,
  { openedStore, withCatalog, isTakenOver }: StoreResources,
  { find, readSidecarOf, readIfUnchanged }: ArtifactFinder,
): Pick<ManagerStore, 'save' | 'quarantine'> & Pick<Store, 'import'> {
  const queueByImage = createKeyedQueue();
  const limitSaves = createSemaphore(MAX_CONCURRENT_SAVES);
  const onePerPass = createSemaphore(1);

  /** Finds the image when it was saved before and its file was not changed. */
  async function findSaved(
    described: Omit<Sidecar, 'file'>,
    entries: Pick<CatalogEntries, 'find' | 'findOfJob'>,
  ): Promise<StoredArtifact | undefined> {
    const known = (await entries.findOfJob(described)) ?? (await entries.find(described.id));
    if (known === undefined) return undefined;
    const found = readSidecarOf(known.id, entries);
    if ((await readIfUnchanged(found)) === undefined) return undefined;
    const { sidecar } = await found;
    if (sidecar.receivedSha256 === described.receivedSha256) return { id: known.id, path: known.path };
    throw new AiImageError('invalid_request', `the store has another image with the id ${known.id}`, {
      hint: 'Give each image its own random id of at least 96 bits, for example crypto.randomUUID().',
    });
  }

  async function saveArtifact(
    described: Omit<Sidecar, 'file'>,
    bytes: Uint8Array,
    prompt: string,
  ): Promise<StoredArtifact> {
    const { context } = await openedStore();
    const before = await withCatalog(({ catalog }) => findSaved(described, catalog));
    if (before) return before;
    const parts = nameOf({ ...described, prompt });
    const folder = [...partitionOf(described.createdAt), ...parts.slice(0, -1)];
    const added = await storage.add(context, bytes, described, folder, parts.at(-1) ?? 'image');
    const { sidecar, unsynced } = added;
    const path = storage.pathOf(folder, sidecar.file);
    const other = await withCatalog(({ catalog }) =>
      catalog.exclusive(async (entries) => {
        // Another process may have saved it in the meantime, an imported image under the same id.
        const saved = await findSaved(described, entries);
        if (saved && saved.path !== path) return saved;
        await entries.put(sidecar, folder);
        return undefined;
      }),
    );
    if (other) await (await storage.remove(context, sidecar, folder))();
    // The image is saved and in the catalog. The next process that opens the store finishes a journal entry that stays.
    await added.finish().catch(() => undefined);
    if (other) return other;
    return { id: sidecar.id, path, ...(unsynced && { unsynced: reasonOf(unsynced) }) };
  }

  const quarantine = async (bytes: Uint8Array, why: string) =>
    join(layout.quarantine, await quarantineBytes((await openedStore()).context, bytes, why, now()));

  async function saveImage(
    image: GeneratedImage,
    index: number,
    generation: ImageGeneration,
    context: ArtifactContext,
  ): Promise<StoredArtifact> {
    try {
      // Around everything, also the queue: what waits for another save of the same image has a place, so that one has too.
      return await limitSaves(async () => {
        // Not several in one pass of the event loop, when many images arrive together.
        if (image.imageBytes.length > LARGE_BYTES) await onePerPass(nextPass);
        const createdAt = new Date(now()).toISOString();
        const marked = await embedMark(image, context, marks, { createdAt, software: LIBRARY });
        const settings = { prompts, createdAt, library: LIBRARY };
        const described = await describeArtifact(image, index, generation, context, marked, settings);
        const prompt = prompts === 'text' ? image.promptUsed : '';
        const save = () => saveArtifact(described, marked.bytes, prompt);
        return queueByImage(jobImage(described) ?? image.id, save);
      });
    } catch (cause) {
      if (isPostponed(cause)) throw cause;
      const why = reasonOf(cause);
      const path = await quarantine(image.imageBytes, `it could not be saved: ${why}`).catch(() => undefined);
      throw new AiImageError(codeOfUnsaved(cause), `an image could not be saved in ${layout.root}: ${why}`, {
        charged: 'unknown',
        hint: path === undefined ? 'Its bytes are only in the result.' : `Its bytes are in ${path}.`,
        quarantine: [image.imageBytes],
        cause,
      });
    }
  }

  return {
    quarantine,
    async import(given) {
      // Copied, so that the caller cannot change the bytes while they are saved.
      const bytes = given instanceof Uint8Array ? new Uint8Array(given) : given;
      const { describeImport } = await import('./import-image.ts');
      const described = await describeImport(bytes, { createdAt: new Date(now()).toISOString(), library: LIBRARY });
      const { id } = await limitSaves(() => queueByImage(described.id, () => saveArtifact(described, bytes, '')));
      const { sidecar, folder } = await find(id);
      return { ...sidecar, path: storage.pathOf(folder, sidecar.file) };
    },
    async save(generation, context) {
      if (context.call !== undefined && (await isTakenOver(context.call))) throw takenOverError(context.call);
      const saved: StoredArtifact[] = [];
      const failures: unknown[] = [];
      for (const [index, image] of generation.images.entries()) {
        try {
          saved.push(await saveImage(image, index, generation, context));
        } catch (error) {
          // The other images are saved all the same, because they were paid for too.
          failures.push(error);
        }
      }
      const [first] = failures;
      if (first === undefined) return saved;
      throw saved.length === 0 && failures.length === 1 ? first : partlySavedError(failures, saved);
    },
  };
}

const nextPass = () => new Promise<void>((resolve) => setImmediate(resolve));

const takenOverError = (call: string) =>
  new AiImageError(
    'storage_failed',
    'another process has taken over the call, because this one did not renew its lease in time',
    {
      charged: 'unknown',
      hint: `That process stores the images: find them with store.search({ call: ${JSON.stringify(call)} }).`,
    },
  );

/** `internal` if the image itself is at fault: its provider gave it an invalid value, or an id that is taken. */
function codeOfUnsaved(cause: unknown): 'internal' | 'storage_failed' {
  const isOfImage = isAiImageError(cause)
    ? ['internal', 'invalid_request'].includes(cause.code)
    : !isStorageFault(cause);
  return isOfImage ? 'internal' : 'storage_failed';
}

/** Makes one error for several images. It names the saved ones and contains the bytes of the others. @param failures at least one */
function partlySavedError(failures: readonly unknown[], saved: readonly StoredArtifact[]): AiImageError {
  const errors = failures.filter(isAiImageError);
  const first = errors.find((error) => !isPostponed(error)) ?? errors[0];
  const paths = saved.length > 0 ? [`Saved: ${saved.map(({ path }) => path).join(', ')}.`] : [];
  const hints = [...new Set(errors.flatMap(({ hint }) => hint ?? []))];
  const total = failures.length + saved.length;
  const message = `${failures.length} of ${total} images: ${first?.message ?? 'unknown reason'}`;
  return new AiImageError(first?.code ?? 'storage_failed', message, {
    charged: 'unknown',
    hint: [...paths, ...hints].join(' '),
    quarantine: errors.flatMap(({ quarantine }) => quarantine),
    cause: failures[0],
  });
}
