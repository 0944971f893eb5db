/** From a request to files: planned, announced, drawn, saved and said. Every command that draws goes this way. */
import { dirname } from 'node:path';
import type { ImageManager, ManagerEvent, ManagerRequest } from '../../index.ts';
import { type AppContext, nameOf, usableStore } from '../shared/open-app.ts';
import type { CommandContext, GlobalOptions } from './context.ts';
import type { Exit } from './exit-codes.ts';
import { definedOnly } from './flags/request-flags.ts';
import { nameJobs } from './job-names.ts';
import { type OutputPlan, planOutput } from './output/output-path.ts';
import { priceOf, showPlan } from './output/show-plan.ts';
import type { Terminal } from './output/terminal.ts';
import { toDocument, writeResults } from './output/write-results.ts';
import { requireResources } from './system/require-resources.ts';
import { keepWhatCame } from './system/rescue.ts';
import { UsageError } from './usage-error.ts';

export interface RunOptions extends GlobalOptions {
  readonly out?: string;
  readonly plan?: boolean;
  readonly open?: boolean;
  readonly preview?: boolean;
}

export interface Wanted {
  readonly request: ManagerRequest;
  readonly options: RunOptions;
  readonly deadlineMs?: number | undefined;
}

/** @returns how it ended @throws AiImageError, UsageError before anything was charged */
export async function generateImages(wanted: Wanted, bench: AppContext, context: CommandContext): Promise<Exit> {
  const { options, deadlineMs } = wanted;
  const { terminal, signal } = context;
  if (options.json && options.out === '-' && !options.plan) {
    throw new UsageError('--json and --out - both write to standard output', 'Leave one of them out.');
  }
  const isKept = !options.plan && (await usableStore(bench, context));
  const manager = bench.manager([wanted.request.provider], isKept);
  const { request: asked, output } = await prepareRun(wanted.request, options, { bench, isKept }, context);
  // One run of the program is one session.
  const request: ManagerRequest = { ...asked, session: manager.session() };
  if (options.plan) return showPlan(await manager.plan(request), options.json === true, terminal);
  const store = isKept ? bench.store : undefined;
  const refuge = { ...context, store };
  const folders = output?.base === undefined ? [] : [dirname(output.base)];
  await requireResources({ atOnce: request.n ?? 1, folders }, refuge);
  await announce(request, manager, terminal);
  const progress = terminal.working('drawing');
  const onEvent = (event: ManagerEvent) => {
    const told = wordsOf(event);
    if (told) progress.update(told.text, told.fraction);
  };
  const generation = await manager
    .generate(request, { signal, onEvent, ...(deadlineMs !== undefined && { deadlineMs }) })
    .finally(progress.stop)
    .catch(async (error: unknown) => {
      throw await nameJobs(await keepWhatCame(error, refuge), store);
    });
  const delivered = await writeResults(generation, { output, n: request.n ?? 1, store, options }, context);
  if (options.json) terminal.document(toDocument(generation, delivered), delivered.paths);
  return delivered.exit;
}

export interface PreparedRun {
  readonly request: ManagerRequest;
  /** `undefined`: nothing is drawn, or it stays where the store puts it. */
  readonly output: OutputPlan | undefined;
}

/** Where a picture will go is known, and can be written to, before it is paid for. @throws UsageError */
export async function prepareRun(
  request: ManagerRequest,
  { out, plan }: Pick<RunOptions, 'out' | 'plan'>,
  { bench, isKept }: { readonly bench: AppContext; readonly isKept: boolean },
  { cwd, isTerminal }: Pick<CommandContext, 'cwd' | 'isTerminal'>,
): Promise<PreparedRun> {
  const { format, provider, prompt = '', n = 1 } = request;
  const staysThere = isKept && bench.hasOwnPlace && out === undefined;
  const output = plan || staysThere ? undefined : await planOutput(out, { prompt, n, cwd, isTerminal });
  if (format !== undefined && output?.format !== undefined && format !== output.format) {
    const hint = 'Leave --format out, or change the name.';
    throw new UsageError(`--format ${format} and the name of --out say different things`, hint);
  }
  const { config } = bench;
  const isAlone = Object.keys(config.backends).length === 0;
  const more = definedOnly({
    format: format ?? output?.format,
    provider: provider && nameOf(provider, config),
    // Nobody but who was named or configured is ever asked.
    fallback: request.fallback ?? (isAlone ? [] : undefined),
  });
  return { request: { ...request, ...more } as ManagerRequest, output };
}

/** What it will cost is said before it is spent. */
async function announce(request: ManagerRequest, manager: ImageManager, terminal: Terminal): Promise<void> {
  const [best] = (await manager.plan(request)).candidates;
  const usd = best?.plan.price.usd;
  if (best && usd) terminal.notice(`${best.provider} ${best.model}, ${priceOf(usd)}`);
}

/** What a person is told on the way. */
export function wordsOf(event: ManagerEvent): { readonly text: string; readonly fraction?: number } | undefined {
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
