/** Saves the images of a result and prints their paths, notes and costs. */

import type { ManagedGeneration, StoredGeneration } from '../../../../index.ts';
import { FILE_EXTENSIONS } from '../../../../providers/protocol/index.ts';
import type { Store, StoredArtifact } from '../../../../store/index.ts';
import type { CommandContext } from '../../context.ts';
import type { Exit } from '../../exit-codes.ts';
import { type RescueTargets, receivedBytesText, rescueFailedImage, rescueReceivedBytes } from '../../system/rescue.ts';
import { errorText } from '../../system/safe-stream.ts';
import { toCommandText } from '../errors/to-command-text.ts';
import { openInDefaultProgram, previewOf } from '../preview/preview.ts';
import { dollars } from '../tables/align-columns.ts';
import { fileNameOf, type OutputPlan } from './output-path.ts';
import { type Saved, saveElsewhere, saveImages, type Unsaved } from './save-images.ts';

export interface Delivery {
  /** `undefined`: the images stay in the store. */
  readonly output: OutputPlan | undefined;
  readonly n: number;
  /** `undefined`: there is none, or it cannot be used. */
  readonly store: Store | undefined;
  readonly options: { readonly preview?: boolean; readonly open?: boolean; readonly json?: boolean };
  /** Prefix of every line on standard error, e.g. `line 3: `. */
  readonly label?: string;
}

export interface Delivered {
  /** Where each image is, in the order of the result. */
  readonly saved: readonly SavedImage[];
  /** For each failure: where the bytes that came with it are. */
  readonly received: readonly (readonly string[])[];
  /** Paths of all images that are in files. */
  readonly paths: readonly string[];
  readonly exit: Exit;
}

interface SavedImage extends Saved {
  /** Id of the image in the store. */
  readonly id?: string;
}

/** A result of `generate`, or of a job fetched later, which has no plan. */
export type Deliverable = StoredGeneration &
  Partial<Pick<ManagedGeneration, 'composed' | 'notes' | 'attempts' | 'reasons' | 'isCached'>>;

/** Saves first and prints the paths before anything else can fail, such as a preview. */
export async function writeResults(
  generation: Deliverable,
  delivery: Delivery,
  context: CommandContext,
): Promise<Delivered> {
  const { options, label = '', store } = delivery;
  const { terminal } = context;
  const targets = { ...context, store };
  const stored = await storedImages(generation, store);
  const saved = await save(generation, stored, delivery, context);
  const savedImages = saved.map((each, at) => ({ ...each, ...(stored[at] && { id: stored[at].id }) }));
  const paths = saved.flatMap(({ path }) => path ?? []);
  const isStdout = delivery.output !== undefined && delivery.output.base === undefined;
  if (!options.json && !isStdout) for (const path of paths) terminal.savedPath(path);
  for (const line of unsavedMessages(saved, generation)) terminal.alert(`${label}${line}`);
  for (const [at, { path, fault }] of saved.entries()) {
    if (isStdout && path !== undefined && fault === undefined) terminal.alert(`${label}image ${at + 1} is in ${path}`);
  }
  for (const note of notesFor(generation)) terminal.notice(`${label}${note}`);
  const received: (readonly string[])[] = [];
  for (const failure of generation.failures) {
    const rescued = await rescueFailedImage(failure, targets);
    received.push(rescued.flatMap(({ path }) => path ?? []));
    for (const each of rescued) terminal.alert(`${label}image ${failure.index + 1}: the ${receivedBytesText(each)}`);
  }
  warnUnsynced([...saved, ...stored.flatMap((each) => each ?? [])], context);
  await show(generation, paths, delivery, context);
  const isUnsaved = saved.some(({ fault }) => fault !== undefined);
  const exit = isUnsaved ? 'unsaved' : generation.failures.length > 0 ? 'partial' : 'done';
  return { saved: savedImages, received, paths, exit };
}

/** Returns the store's entry for each image. When some could not be stored, looks up those that were. */
export async function storedImages(
  { images, saved }: StoredGeneration,
  store: Store | undefined,
): Promise<readonly (StoredArtifact | undefined)[]> {
  if (saved.length === images.length || store === undefined) return images.map((_, at) => saved[at]);
  return Promise.all(images.map(({ id }) => store.get(id).catch(() => undefined)));
}

/** Leaves images in the store, and saves elsewhere those that the store did not take. */
export async function saveInStore(generation: StoredGeneration, targets: RescueTargets): Promise<readonly Saved[]> {
  const stored = await storedImages(generation, targets.store);
  return saveInStoreOrElsewhere(
    generation.images.map((image, at) => ({ ...image, storedPath: stored[at]?.path })),
    targets,
  );
}

/** How `imagen jobs` and `imagen batch` save the images of fetched jobs. */
export function jobSaving(store: Store, context: Pick<CommandContext, 'env' | 'cwd'>) {
  const targets = { env: context.env, cwd: context.cwd, store };
  return {
    saveImages: (generation: StoredGeneration) => saveInStore(generation, targets),
    rescueBytes: (error: unknown) => rescueReceivedBytes(error, targets),
  };
}

type NamedImage = Unsaved & Pick<StoredGeneration['images'][number], 'promptUsed'>;

async function saveInStoreOrElsewhere(
  images: readonly NamedImage[],
  targets: RescueTargets,
): Promise<readonly Saved[]> {
  const saved: Saved[] = [];
  for (const image of images) {
    const { storedPath } = image;
    saved.push(
      storedPath === undefined
        ? await saveElsewhere(image, fileNameFor(image), 'could not save it in the store', targets)
        : { path: storedPath },
    );
  }
  return saved;
}

const fileNameFor = ({ promptUsed, format }: NamedImage): string =>
  `${fileNameOf(promptUsed)}.${FILE_EXTENSIONS[format]}`;

async function save(
  { images }: Deliverable,
  stored: readonly (StoredArtifact | undefined)[],
  { output, n, store }: Delivery,
  context: CommandContext,
): Promise<readonly Saved[]> {
  const targets = { ...context, store };
  if (output === undefined) return saveInStoreOrElsewhere(withPaths(images, stored), targets);
  // The file gets the bytes of the store, which carry the mark.
  const files = await Promise.all(
    withPaths(images, stored).map(async (image, at) => {
      const id = stored[at]?.id;
      const bytes = id === undefined ? undefined : await store?.open(id).catch(() => undefined);
      return bytes === undefined ? image : { ...image, imageBytes: bytes };
    }),
  );
  if (output.base !== undefined) return saveImages(files, output, n, targets);
  const [first, ...others] = files;
  if (first === undefined) return [];
  const saved = [await sendToStdout(first, context, targets)];
  for (const image of others) {
    // Standard output takes one image only; further images are no fault.
    const { path, fault } = await saveElsewhere(image, fileNameFor(image), 'standard output takes one image', targets);
    saved.push(path === undefined && fault !== undefined ? { path, fault } : { path });
  }
  return saved;
}

const withPaths = (
  images: Deliverable['images'],
  stored: readonly (StoredArtifact | undefined)[],
): readonly NamedImage[] => images.map((image, at) => ({ ...image, storedPath: stored[at]?.path }));

async function sendToStdout(image: NamedImage, { terminal }: CommandContext, targets: RescueTargets): Promise<Saved> {
  try {
    await terminal.bytes(image.imageBytes);
    return { path: undefined };
  } catch (error) {
    return saveElsewhere(image, fileNameFor(image), `could not write to standard output: ${errorText(error)}`, targets);
  }
}

/** One message for each image that is not in its place: why, and where it is. */
export function unsavedMessages(saved: readonly Saved[], { job }: Pick<StoredGeneration, 'job'>): readonly string[] {
  const again = job === undefined ? '' : `. To fetch it again: imagen jobs resume ${job.id}`;
  return saved.flatMap(({ path, fault }, at) => {
    if (fault === undefined) return [];
    if (path !== undefined) return [`${fault}; saved to ${path} instead`];
    return [`image ${at + 1} is lost, because it could not be saved anywhere: ${fault}${again}`];
  });
}

function notesFor({ warnings, composed, notes = [], attempts = [], failures, cost }: Deliverable): readonly string[] {
  return [
    ...warnings.map(({ message }) => `note: ${toCommandText(message)}`),
    ...[...(composed?.notes ?? []), ...notes].map((note) => `note: ${note}`),
    ...attempts.flatMap(({ provider, reason, outcome }) =>
      outcome === 'done' ? [] : [`note: ${provider} was skipped: ${reason}`],
    ),
    ...failures.map(({ index, error }) => `image ${index + 1}: ${error.message} (${error.code})`),
    ...(cost.usd ? [`cost ${dollars(cost.usd)} (${cost.basis})`] : []),
  ];
}

/** Warns once for each reason: a platform without fsync gives the same one for every file. */
export function warnUnsynced(
  files: readonly Pick<Saved, 'unsynced'>[],
  { terminal }: Pick<CommandContext, 'terminal'>,
): void {
  for (const reason of new Set(files.flatMap(({ unsynced }) => unsynced ?? []))) {
    terminal.noticeOnce(`note: saved, but not synced to the disk (${reason}). A power failure now could lose it.`);
  }
}

/** Shows the images. They are saved, so a failure is only a note. */
async function show(
  { images }: Deliverable,
  [first]: readonly string[],
  { options, label = '' }: Delivery,
  { terminal, env }: CommandContext,
): Promise<void> {
  try {
    if (options.preview) {
      for (const { imageBytes, format } of images) {
        await terminal.image((columns) => previewOf(imageBytes, format, env, columns));
      }
    }
    if (options.open && first !== undefined) openInDefaultProgram(first);
  } catch (error) {
    terminal.notice(`${label}note: cannot show the image: ${errorText(error)}`);
  }
}

/** Returns the document for `--json`, without image bytes and links. */
export function toDocument(
  generation: Deliverable,
  { saved, received }: Pick<Delivered, 'saved' | 'received'>,
): Readonly<Record<string, unknown>> {
  const { images, failures, warnings, provider, model, applied, cost, timing, attempts } = generation;
  const { reasons, notes, isCached } = generation;
  return {
    images: images.map(({ imageBytes, link: _, ...image }, at) => ({
      ...image,
      ...saved[at],
      bytes: imageBytes.length,
    })),
    failures: failures.map(({ index, error }, at) => ({ index, error: error.toJSON(), received: received[at] })),
    ...{ provider, model, cost, timing, applied, attempts, reasons, notes, isCached },
    warnings: warnings.map(({ message }) => toCommandText(message)),
  };
}
