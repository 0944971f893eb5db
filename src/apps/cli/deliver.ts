/** What came is put in its place and said: files, paths, notes. */
import type { KeptGeneration, ManagedGeneration } from '../../index.ts';
import type { Store } from '../../store/index.ts';
import type { CommandContext } from './context.ts';
import type { Exit } from './exit-codes.ts';
import { fileNameOf, type OutputPlan } from './output-path.ts';
import { openPicture, previewOf } from './preview.ts';
import { rescue, saveImages } from './save-images.ts';
import { dollars } from './table.ts';

export interface Delivery {
  /** `undefined`: they stay where the store has put them. */
  readonly output: OutputPlan | undefined;
  readonly n: number;
  readonly store: Store | undefined;
  readonly options: { readonly preview?: boolean; readonly open?: boolean };
  /** Before every line for a person, e.g. `row 3: `. */
  readonly label?: string;
}

export interface Delivered {
  readonly paths: readonly string[];
  readonly exit: Exit;
}

/** A job that was fetched later knows nothing of how it was planned. */
export type Deliverable = KeptGeneration &
  Partial<Pick<ManagedGeneration, 'composed' | 'notes' | 'attempts' | 'reasons' | 'isCached'>>;

/** Saves, and says what there is to say; the paths are said by whoever asked. */
export async function deliver(
  generation: Deliverable,
  delivery: Delivery,
  context: CommandContext,
): Promise<Delivered> {
  const { options, label = '' } = delivery;
  const { terminal } = context;
  for (const note of notesOf(generation)) terminal.notice(`${label}${note}`);
  const { paths, exit } = await place(generation, delivery, context);
  if (options.preview) {
    for (const { imageBytes, format } of generation.images) {
      await terminal.picture(() => previewOf(imageBytes, format, context.env));
    }
  }
  const [first] = paths;
  if (options.open && first !== undefined) openPicture(first);
  return { paths, exit: exit === 'done' && generation.failures.length > 0 ? 'partial' : exit };
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

async function place(
  generation: Deliverable,
  { output, n, store, label = '' }: Delivery,
  { terminal, writeBytes }: CommandContext,
): Promise<Delivered> {
  const { kept, images } = generation;
  if (output === undefined) return { paths: kept.map(({ path }) => path), exit: 'done' };
  // The file is the one that is kept: with its mark.
  const files = await Promise.all(
    images.map(async (image, at) => {
      const id = kept[at]?.id;
      const bytes = id === undefined ? undefined : await store?.open(id).catch(() => undefined);
      return bytes === undefined ? image : { ...image, imageBytes: bytes };
    }),
  );
  const elsewhere = 'the picture was put here instead:';
  if (output.base === undefined) {
    const [{ imageBytes, format, promptUsed } = images[0]] = files;
    try {
      await writeBytes(imageBytes);
      return { paths: [], exit: 'done' };
    } catch (error) {
      const path = kept[0]?.path ?? (await rescue(`${fileNameOf(promptUsed)}.${format}`, imageBytes));
      terminal.notice(`${label}could not write to standard output (${reasonOf(error)}); ${elsewhere} ${path}`);
      return { paths: [], exit: 'unsaved' };
    }
  }
  const saved = await saveImages(files, output, n);
  const faults = saved.filter(({ fault }) => fault !== undefined);
  for (const { path, fault } of faults) terminal.notice(`${label}could not save ${fault}; ${elsewhere} ${path}`);
  return { paths: saved.map(({ path }) => path), exit: faults.length > 0 ? 'unsaved' : 'done' };
}

/** What `--json` says of a result: no bytes, and no link. */
export function toDocument(generation: Deliverable, paths: readonly string[]): Readonly<Record<string, unknown>> {
  const { images, failures, warnings, kept, provider, model, applied, cost, timing, attempts } = generation;
  const { reasons, notes, isCached } = generation;
  return {
    images: images.map(({ imageBytes, link: _, ...image }, at) => ({
      ...image,
      ...(kept[at] && { id: kept[at].id }),
      path: paths[at],
      bytes: imageBytes.length,
    })),
    failures: failures.map(({ index, error }) => ({ index, error: error.toJSON() })),
    ...{ provider, model, cost, timing, applied, attempts, reasons, notes, isCached },
    warnings: warnings.map(({ message }) => message),
  };
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
}
