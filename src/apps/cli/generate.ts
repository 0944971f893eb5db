/** `imagen generate`: a prompt becomes files. */
import { configuredProviders } from '../../config/get-provider.ts';
import {
  getProvider,
  type ImageGeneration,
  type ImageRequest,
  isAiImageError,
  type MediaProvider,
} from '../../index.ts';
import { type Exit, exitOf } from './exit-codes.ts';
import { fileNameOf, planOutput } from './output-path.ts';
import { rescue, saveImages } from './save-images.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export interface GenerateOptions {
  readonly provider?: string;
  readonly model?: string;
  readonly size?: string;
  readonly format?: string;
  readonly n?: string;
  readonly seed?: string;
  readonly out?: string;
}

export interface CommandContext {
  readonly terminal: Terminal;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** For `--out -`. */
  readonly writeBytes: (bytes: Uint8Array) => Promise<void>;
  readonly isTerminal: boolean;
}

/** @returns how it ended. @throws AiImageError, UsageError before anything was charged */
export async function generate(
  words: readonly string[],
  options: GenerateOptions,
  context: CommandContext,
): Promise<Exit> {
  const { terminal, signal, cwd, isTerminal } = context;
  const prompt = words.join(' ').trim();
  if (prompt === '')
    throw new UsageError('the prompt is empty', 'Say what to draw: imagen generate "a red fox in the snow".');
  const n = readWhole('--n', options.n, 1, 100) ?? 1;
  const seed = readWhole('--seed', options.seed, 0, Number.MAX_SAFE_INTEGER);
  const format = readFormat(options.format);
  const output = await planOutput(options.out, { prompt, n, cwd, isTerminal });
  if (format !== undefined && output.format !== undefined && format !== output.format) {
    throw new UsageError(
      `--format ${format} and the name of --out say different things`,
      'Leave --format out, or change the name.',
    );
  }
  const provider = chooseProvider(options.provider, context);
  const request = definedOnly({
    prompt,
    n,
    seed,
    model: options.model,
    size: options.size,
    format: format ?? output.format,
  }) as ImageRequest;
  await announce(provider, request, terminal);

  const progress = terminal.working(`${provider.id} is drawing`);
  let generation: ImageGeneration;
  try {
    generation = await provider.generate(request, {
      signal,
      onEvent(event) {
        if (event.type === 'queued') progress.update(`${provider.id}: queued`);
        if (event.type === 'progress')
          progress.update(`${provider.id}: ${event.message ?? `${Math.round((event.fraction ?? 0) * 100)} %`}`);
      },
    });
  } finally {
    progress.stop();
    await provider.close();
  }
  return keep(generation, { output, n, context });
}

interface Keeping {
  readonly output: Awaited<ReturnType<typeof planOutput>>;
  readonly n: number;
  readonly context: CommandContext;
}

async function keep(
  generation: ImageGeneration,
  { output, n, context: { terminal, writeBytes } }: Keeping,
): Promise<Exit> {
  for (const { message } of generation.warnings) terminal.notice(`note: ${message}`);
  for (const { index, error } of generation.failures)
    terminal.notice(`picture ${index + 1}: ${error.message} (${error.code})`);
  if (generation.cost.usd) terminal.notice(`cost $${generation.cost.usd} (${generation.cost.basis})`);
  if (output.base === undefined) {
    const [{ imageBytes, format }] = generation.images;
    try {
      await writeBytes(imageBytes);
      return 'done';
    } catch (error) {
      const path = await rescue(`${fileNameOf(generation.images[0].promptUsed)}.${format}`, imageBytes);
      terminal.notice(
        `could not write to standard output (${reasonOf(error)}); the picture was put here instead: ${path}`,
      );
      return 'unsaved';
    }
  }
  const saved = await saveImages(generation.images, output, n);
  for (const { path, fault } of saved) {
    if (fault !== undefined) terminal.notice(`could not save ${fault}; the picture was put here instead:`);
    terminal.result(path);
  }
  if (saved.some(({ fault }) => fault !== undefined)) return 'unsaved';
  return generation.failures.length > 0 ? 'partial' : 'done';
}

/** The one named, the one configured, or the stub, which says so. */
function chooseProvider(name: string | undefined, { terminal, env }: CommandContext): MediaProvider {
  const isNamed = name !== undefined || (env.AI_IMAGE_PROVIDER ?? '').trim() !== '';
  if (isNamed || configuredProviders().length > 0) return getProvider(name);
  terminal.notice('no key is set, so this is drawn offline by the stub. For a real picture set OPENAI_API_KEY');
  terminal.notice('(or another vendor’s key) and run the same command again.');
  return getProvider('stub');
}

/** What it will cost is said before it is spent. */
async function announce(provider: MediaProvider, request: ImageRequest, terminal: Terminal): Promise<void> {
  const { model, price } = await provider.plan(request);
  if (price.usd) terminal.notice(`${provider.id} ${model}, about $${price.usd.toFixed(3)}`);
}

function readWhole(flag: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(
    `${flag} ${text.slice(0, 40)} is not a whole number from ${min} to ${max}`,
    `Pass for example ${flag} ${Math.max(min, 1)}.`,
  );
}

function readFormat(text: string | undefined): string | undefined {
  return text === 'jpg' ? 'jpeg' : text;
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
}

function definedOnly(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
}

/** A failure as a person reads it: what happened, and what to do. */
export function explain(error: unknown): { readonly lines: readonly string[]; readonly exit: Exit } {
  if (error instanceof UsageError) return { lines: [error.message, error.hint], exit: 'usage' };
  if (!isAiImageError(error))
    return { lines: [`internal error: ${error instanceof Error ? error.message : String(error)}`], exit: 'internal' };
  const { code, message, hint, charged, job, requestId } = error;
  const lines = [
    `${message} (${code})`,
    ...(hint === undefined ? [] : [hint]),
    ...(charged === 'no' ? [] : [charged === 'yes' ? 'It was charged.' : 'It may have been charged.']),
    ...(job === undefined ? [] : [`The job is ${job.id} at ${job.provider}.`]),
    ...(requestId === undefined ? [] : [`The vendor’s request id is ${requestId}.`]),
  ];
  return { lines, exit: exitOf(code) };
}
