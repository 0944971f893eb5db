/** What came is saved and told: files, paths, notes. */
import type { ManagedGeneration, StoredGeneration } from '../../../index.ts';
import type { Store, StoredArtifact } from '../../../store/index.ts';
import type { CommandContext } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { reasonOf } from '../system/outlet.ts';
import { keepFailure, type Refuge } from '../system/rescue.ts';
import { fileNameOf, type OutputPlan } from './output-path.ts';
import { openPicture, previewOf } from './preview/preview.ts';
import { elsewhere, type Saved, saveImages, type Unsaved } from './save-images.ts';
import { dollars } from './table.ts';

export interface Delivery {
  /** `undefined`: they stay where the store has put them. */
  readonly output: OutputPlan | undefined;
  readonly n: number;
  /** One that can be used. */
  readonly store: Store | undefined;
  readonly options: { readonly preview?: boolean; readonly open?: boolean; readonly json?: boolean };
  /** Before every line for a person, e.g. `row 3: `. */
  readonly label?: string;
}

export interface Delivered {
  /** Where each image is, in their order. */
  readonly saved: readonly Placed[];
  /** Where the bytes of each failure are that brought some. */
  readonly received: readonly (readonly string[])[];
  /** Of those that are in files. */
  readonly paths: readonly string[];
  readonly exit: Exit;
}

interface Placed extends Saved {
  /** Of the image in the store. */
  readonly id?: string;
}

/** A job that was fetched later knows nothing of how it was planned. */
export type Deliverable = StoredGeneration &
  Partial<Pick<ManagedGeneration, 'composed' | 'notes' | 'attempts' | 'reasons' | 'isCached'>>;

/** Saves, and says what there is to say. Nothing that fails afterwards, such as a preview, keeps a path from being told. */
export async function writeResults(
  generation: Deliverable,
  delivery: Delivery,
  context: CommandContext,
): Promise<Delivered> {
  const { options, label = '', store } = delivery;
  const { terminal } = context;
  const refuge = { ...context, store };
  const kept = await keptOf(generation, store);
  const saved = await save(generation, kept, delivery, context);
  const placed = saved.map((each, at) => ({ ...each, ...(kept[at] && { id: kept[at].id }) }));
  const paths = saved.flatMap(({ path }) => path ?? []);
  const isOutput = delivery.output !== undefined && delivery.output.base === undefined;
  if (!options.json && !isOutput) for (const path of paths) terminal.place(path);
  for (const line of faultsOf(saved, generation)) terminal.alert(`${label}${line}`);
  for (const [at, { path, fault }] of saved.entries()) {
    if (isOutput && path !== undefined && fault === undefined) terminal.alert(`${label}image ${at + 1} is in ${path}`);
  }
  for (const note of notesOf(generation)) terminal.notice(`${label}${note}`);
  const received: (readonly string[])[] = [];
  for (const failure of generation.failures) {
    const places = await keepFailure(failure, refuge);
    received.push(places);
    for (const path of places) terminal.alert(`${label}image ${failure.index + 1}: what came is in ${path}`);
  }
  tellUnsynced([...saved, ...kept.flatMap((each) => each ?? [])], context);
  await show(generation, paths, delivery, context);
  const isUnsaved = saved.some(({ fault }) => fault !== undefined);
  const exit = isUnsaved ? 'unsaved' : generation.failures.length > 0 ? 'partial' : 'done';
  return { saved: placed, received, paths, exit };
}

/** Each image's own entry in the store. Where not all could be kept, the store is asked for those that were. */
export async function keptOf(
  { images, kept }: StoredGeneration,
  store: Store | undefined,
): Promise<readonly (StoredArtifact | undefined)[]> {
  if (kept.length === images.length || store === undefined) return images.map((_, at) => kept[at]);
  return Promise.all(images.map(({ id }) => store.get(id).catch(() => undefined)));
}

/** Of a result that stays in the store: what the store did not take is saved elsewhere. */
export async function saveInStore(generation: StoredGeneration, refuge: Refuge): Promise<readonly Saved[]> {
  const kept = await keptOf(generation, refuge.store);
  return stay(
    generation.images.map((image, at) => ({ ...image, kept: kept[at]?.path })),
    refuge,
  );
}

type Named = Unsaved & Pick<StoredGeneration['images'][number], 'promptUsed'>;

async function stay(images: readonly Named[], refuge: Refuge): Promise<readonly Saved[]> {
  const saved: Saved[] = [];
  for (const image of images) {
    const { kept } = image;
    saved.push(
      kept === undefined ? await elsewhere(image, nameOf(image), 'the store did not take it', refuge) : { path: kept },
    );
  }
  return saved;
}

const nameOf = ({ promptUsed, format }: Named): string =>
  `${fileNameOf(promptUsed)}.${format === 'jpeg' ? 'jpg' : format}`;

async function save(
  { images }: Deliverable,
  kept: readonly (StoredArtifact | undefined)[],
  { output, n, store }: Delivery,
  context: CommandContext,
): Promise<readonly Saved[]> {
  const refuge = { ...context, store };
  if (output === undefined) return stay(withPaths(images, kept), refuge);
  // The file is the one that is kept: with its mark.
  const files = await Promise.all(
    withPaths(images, kept).map(async (image, at) => {
      const id = kept[at]?.id;
      const bytes = id === undefined ? undefined : await store?.open(id).catch(() => undefined);
      return bytes === undefined ? image : { ...image, imageBytes: bytes };
    }),
  );
  if (output.base !== undefined) return saveImages(files, output, n, refuge);
  const [first, ...others] = files;
  if (first === undefined) return [];
  const saved = [await sendToOutput(first, context, refuge)];
  for (const image of others) {
    // Standard output takes one image; that there are more is no fault.
    const { path, fault } = await elsewhere(image, nameOf(image), 'standard output takes one image', refuge);
    saved.push(path === undefined && fault !== undefined ? { path, fault } : { path });
  }
  return saved;
}

const withPaths = (images: Deliverable['images'], kept: readonly (StoredArtifact | undefined)[]): readonly Named[] =>
  images.map((image, at) => ({ ...image, kept: kept[at]?.path }));

async function sendToOutput(image: Named, { terminal }: CommandContext, refuge: Refuge): Promise<Saved> {
  try {
    await terminal.bytes(image.imageBytes);
    return { path: undefined };
  } catch (error) {
    return elsewhere(image, nameOf(image), `could not write to standard output (${reasonOf(error)})`, refuge);
  }
}

/** What was put elsewhere, and why. */
export function faultsOf(saved: readonly Saved[], { job }: Pick<StoredGeneration, 'job'>): readonly string[] {
  const again = job === undefined ? '' : `. To fetch it again: imagen jobs resume ${job.id}`;
  return saved.flatMap(({ path, fault }, at) => {
    if (fault === undefined) return [];
    if (path !== undefined) return [`${fault}; the picture was put here instead: ${path}`];
    return [`image ${at + 1} is lost, no place took it: ${fault}${again}`];
  });
}

function notesOf({ warnings, composed, notes = [], attempts = [], failures, cost }: Deliverable): readonly string[] {
  return [
    ...warnings.map(({ message }) => `note: ${message}`),
    ...[...(composed?.notes ?? []), ...notes].map((note) => `note: ${note}`),
    ...attempts.flatMap(({ provider, reason, outcome }) =>
      outcome === 'done' ? [] : [`note: ${provider} was passed over: ${reason}`],
    ),
    ...failures.map(({ index, error }) => `picture ${index + 1}: ${error.message} (${error.code})`),
    ...(cost.usd ? [`cost ${dollars(cost.usd)} (${cost.basis})`] : []),
  ];
}

/** Once: a platform without fsync says the same of every file. */
export function tellUnsynced(
  files: readonly Pick<Saved, 'unsynced'>[],
  { terminal }: Pick<CommandContext, 'terminal'>,
): void {
  for (const reason of new Set(files.flatMap(({ unsynced }) => unsynced ?? []))) {
    terminal.noticeOnce(`note: saved, but not synced to the disk (${reason}); a power failure now could lose it`);
  }
}

/** The images are saved: a preview or a viewer that fails is worth a note and nothing more. */
async function show(
  { images }: Deliverable,
  [first]: readonly string[],
  { options, label = '' }: Delivery,
  { terminal, env }: CommandContext,
): Promise<void> {
  try {
    if (options.preview) {
      for (const { imageBytes, format } of images) {
        await terminal.picture((columns) => previewOf(imageBytes, format, env, columns));
      }
    }
    if (options.open && first !== undefined) openPicture(first);
  } catch (error) {
    terminal.notice(`${label}note: it cannot be shown: ${reasonOf(error)}`);
  }
}

/** What `--json` says of a result: no bytes, and no link. */
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
    warnings: warnings.map(({ message }) => message),
  };
}
