/** From a request to files: planned, announced, drawn, saved and said. Every command that draws goes this way. */
import type { ImageManager, ManagedGeneration, ManagerEvent, ManagerRequest } from '../../index.ts';
import type { CommandContext, GlobalOptions } from './context.ts';
import type { Exit } from './exit-codes.ts';
import { fileNameOf, type OutputPlan, planOutput } from './output-path.ts';
import { openPicture, previewOf } from './preview.ts';
import { definedOnly } from './request-flags.ts';
import { rescue, saveImages } from './save-images.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import { nameOf, usableStore, type Workbench } from './workbench.ts';

export interface DrawOptions extends GlobalOptions {
  readonly out?: string;
  readonly plan?: boolean;
  readonly open?: boolean;
  readonly preview?: boolean;
}

export interface Wanted {
  readonly request: ManagerRequest;
  readonly options: DrawOptions;
  readonly deadlineMs?: number | undefined;
}

/** @returns how it ended @throws AiImageError, UsageError before anything was charged */
export async function draw(wanted: Wanted, bench: Workbench, context: CommandContext): Promise<Exit> {
  const { options, deadlineMs } = wanted;
  const { terminal, signal, cwd, isTerminal } = context;
  const n = wanted.request.n ?? 1;
  const isKept = !options.plan && (await usableStore(bench, context));
  const staysThere = isKept && bench.hasOwnPlace && options.out === undefined;
  const output =
    options.plan || staysThere
      ? undefined
      : await planOutput(options.out, { prompt: wanted.request.prompt ?? '', n, cwd, isTerminal });
  const manager = bench.manager(wanted.request.provider, isKept);
  const request = withFormat(wanted.request, output, bench);
  if (options.plan) return showPlan(request, manager, options, terminal);
  await announce(request, manager, terminal);
  const progress = terminal.working('drawing');
  let generation: ManagedGeneration;
  try {
    const onEvent = (event: ManagerEvent) => {
      const told = wordsOf(event);
      if (told) progress.update(told.text, told.fraction);
    };
    generation = await manager.generate(request, { signal, onEvent, ...(deadlineMs !== undefined && { deadlineMs }) });
  } finally {
    progress.stop();
  }
  return deliver(generation, { output, n, bench, options }, context);
}

function withFormat(request: ManagerRequest, output: OutputPlan | undefined, { config }: Workbench): ManagerRequest {
  const { format, provider } = request;
  if (format !== undefined && output?.format !== undefined && format !== output.format) {
    throw new UsageError(
      `--format ${format} and the name of --out say different things`,
      'Leave --format out, or change the name.',
    );
  }
  const isAlone = Object.keys(config.backends).length === 0;
  return {
    ...request,
    ...definedOnly({ format: format ?? output?.format, provider: provider && nameOf(provider, config) }),
    // Nobody but who was named or configured is ever asked.
    ...(isAlone && request.fallback === undefined && { fallback: [] }),
  } as ManagerRequest;
}

/** What it will cost is said before it is spent. */
async function announce(request: ManagerRequest, manager: ImageManager, terminal: Terminal): Promise<void> {
  const [best] = (await manager.plan(request)).candidates;
  if (best?.plan.price.usd) {
    terminal.notice(`${best.provider} ${best.model}, about $${best.plan.price.usd.toFixed(3)}`);
  }
}

async function showPlan(
  request: ManagerRequest,
  manager: ImageManager,
  { json }: DrawOptions,
  terminal: Terminal,
): Promise<Exit> {
  const { candidates, refused } = await manager.plan(request);
  if (json) {
    terminal.document({ candidates, refused });
    return candidates.length > 0 ? 'done' : 'usage';
  }
  for (const { provider, model, plan, composed, reasons } of candidates) {
    const price = plan.price.usd === undefined ? 'price unknown' : `about $${plan.price.usd}`;
    terminal.result(`${provider} ${model}: ${price}${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}`);
    terminal.result(`  prompt: ${composed.prompt}`);
    for (const note of composed.notes) terminal.result(`  note: ${note}`);
    for (const { message } of plan.adaptations) terminal.result(`  changed: ${message}`);
    for (const { method, url, body } of plan.requests) {
      terminal.result(`  ${method} ${url}`);
      if (body !== undefined) terminal.result(`  ${JSON.stringify(body)}`);
    }
  }
  for (const { provider, plan } of refused) {
    for (const { message, hint } of plan.refusals) {
      terminal.result(`${provider} refuses: ${message}${hint === undefined ? '' : ` ${hint}`}`);
    }
  }
  return candidates.length > 0 ? 'done' : 'usage';
}

/** What a person is told on the way. */
function wordsOf(event: ManagerEvent): { readonly text: string; readonly fraction?: number } | undefined {
  switch (event.type) {
    case 'planned':
      return { text: `${event.plan.candidates[0]?.provider ?? 'nobody'} is drawing` };
    case 'queued':
      return { text: event.position === undefined ? 'queued' : `queued, number ${event.position}` };
    case 'progress':
      return { text: event.message ?? 'drawing', ...(event.fraction !== undefined && { fraction: event.fraction }) };
    case 'partial':
      return { text: `picture ${event.index + 1}: a first view has come` };
    default:
      return undefined;
  }
}

interface Delivery {
  readonly output: OutputPlan | undefined;
  readonly n: number;
  readonly bench: Workbench;
  readonly options: DrawOptions;
}

/** Every picture gets a place, and its path is said. */
export async function deliver(
  generation: ManagedGeneration,
  { output, n, bench, options }: Delivery,
  context: CommandContext,
): Promise<Exit> {
  const { terminal } = context;
  for (const { message } of generation.warnings) terminal.notice(`note: ${message}`);
  for (const note of [...generation.composed.notes, ...generation.notes]) terminal.notice(`note: ${note}`);
  for (const { provider, reason, outcome } of generation.attempts) {
    if (outcome !== 'done') terminal.notice(`note: ${provider} was passed over: ${reason}`);
  }
  for (const { index, error } of generation.failures)
    terminal.notice(`picture ${index + 1}: ${error.message} (${error.code})`);
  if (generation.cost.usd) terminal.notice(`cost $${generation.cost.usd} (${generation.cost.basis})`);
  const { paths, exit } = await place(generation, { output, n, bench, options }, context);
  if (options.json) terminal.document(toDocument(generation, paths));
  else for (const path of paths) terminal.result(path);
  const [first] = paths;
  if (options.preview) {
    for (const { imageBytes, format } of generation.images) {
      await terminal.picture((columns) => previewOf(imageBytes, format, context.env, columns));
    }
  }
  if (options.open && first !== undefined) openPicture(first);
  if (exit !== 'done') return exit;
  return generation.failures.length > 0 ? 'partial' : 'done';
}

async function place(
  generation: ManagedGeneration,
  { output, n, bench }: Delivery,
  { terminal, writeBytes }: CommandContext,
): Promise<{ readonly paths: readonly string[]; readonly exit: Exit }> {
  const { kept, images } = generation;
  if (output === undefined) return { paths: kept.map(({ path }) => path), exit: 'done' };
  // The file is the one that is kept: with its mark.
  const files = await Promise.all(
    images.map(async (image) => {
      const bytes = kept.length > 0 ? await bench.store?.open(image.id).catch(() => undefined) : undefined;
      return bytes === undefined ? image : { ...image, imageBytes: bytes };
    }),
  );
  if (output.base === undefined) {
    const [first] = files;
    const { imageBytes, format, promptUsed } = first ?? images[0];
    try {
      await writeBytes(imageBytes);
      return { paths: [], exit: 'done' };
    } catch (error) {
      const path = kept[0]?.path ?? (await rescue(`${fileNameOf(promptUsed)}.${format}`, imageBytes));
      terminal.notice(
        `could not write to standard output (${reasonOf(error)}); the picture was put here instead: ${path}`,
      );
      return { paths: [], exit: 'unsaved' };
    }
  }
  const saved = await saveImages(files, output, n);
  for (const { path, fault } of saved) {
    if (fault !== undefined) terminal.notice(`could not save ${fault}; the picture was put here instead: ${path}`);
  }
  const paths = saved.map(({ path }) => path);
  return { paths, exit: saved.some(({ fault }) => fault !== undefined) ? 'unsaved' : 'done' };
}

/** What `--json` says of a result: no bytes, and no link. */
export function toDocument(generation: ManagedGeneration, paths: readonly string[]): Readonly<Record<string, unknown>> {
  const { images, failures, provider, model, warnings, applied, cost, timing, attempts, reasons, notes, isCached } =
    generation;
  return {
    images: images.map(({ imageBytes, link: _, ...image }, at) => ({
      ...image,
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
