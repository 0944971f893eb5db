/** Generates the images of one request: plans, shows the price, generates, saves and prints the paths. */
import { dirname } from 'node:path';
import type { ManagerEvent, ManagerPlan, ManagerRequest } from '../../index.ts';
import { withoutUndefined } from '../../providers/protocol/index.ts';
import { withPlan } from '../../providers/protocol/shared/planned-calls.ts';
import { withJobIds } from '../shared/job-names.ts';
import { type AppContext, isStoreUsable, providerNameOf } from '../shared/open-app.ts';
import type { CommandContext, GlobalOptions } from './context.ts';
import type { Exit } from './exit-codes.ts';
import { type OutputPlan, planOutput } from './output/results/output-path.ts';
import { priceOf, showPlan } from './output/results/show-plan.ts';
import { toDocument, writeResults } from './output/results/write-results.ts';
import type { Terminal } from './output/terminal/terminal.ts';
import { requireResources } from './system/require-resources.ts';
import { rescueReceivedBytes } from './system/rescue.ts';
import { UsageError } from './usage-error.ts';

export interface RunOptions extends GlobalOptions {
  readonly out?: string;
  readonly plan?: boolean;
  readonly open?: boolean;
  readonly preview?: boolean;
}

export interface GenerateInput {
  readonly request: ManagerRequest;
  readonly options: RunOptions;
  readonly deadlineMs?: number | undefined;
}

/** @throws UsageError before anything is charged @throws AiImageError */
export async function generateImages(input: GenerateInput, app: AppContext, context: CommandContext): Promise<Exit> {
  const { options, deadlineMs } = input;
  const { terminal, signal } = context;
  if (options.json && options.out === '-' && !options.plan) {
    throw new UsageError('--json and --out - both write to standard output', 'Leave one of them out.');
  }
  const isStored = !options.plan && (await isStoreUsable(app));
  const manager = app.manager([input.request.provider], isStored);
  const { request: prepared, output } = await prepareRun(input.request, options, { app, isStored }, context);
  // One run of the command is one session.
  const request: ManagerRequest = { ...prepared, session: manager.session() };
  if (options.plan) return showPlan(await manager.plan(request), options.json === true, terminal);
  const store = isStored ? app.store : undefined;
  const targets = { ...context, store };
  const directories = output?.base === undefined ? [] : [dirname(output.base)];
  await requireResources({ concurrentImages: request.n ?? 1, directories }, targets);
  const plan = await manager.plan(request);
  announce(plan, terminal);
  const progress = terminal.startProgress('generating');
  const onEvent = (event: ManagerEvent) => {
    const shown = progressText(event);
    if (shown) progress.update(shown.text, shown.fraction);
  };
  const generation = await manager
    .generate(request, withPlan({ signal, onEvent, ...(deadlineMs !== undefined && { deadlineMs }) }, plan))
    .finally(progress.stop)
    .catch(async (error: unknown) => {
      throw await withJobIds(await rescueReceivedBytes(error, targets), store);
    });
  const delivered = await writeResults(generation, { output, n: request.n ?? 1, store, options }, context);
  if (options.json) terminal.document(toDocument(generation, delivered), delivered.paths);
  return delivered.exit;
}

export interface PreparedRun {
  readonly request: ManagerRequest;
  /** `undefined`: nothing is generated, or the images stay in the store. */
  readonly output: OutputPlan | undefined;
}

/** Checks where the images will be saved, before anything is paid for. @throws UsageError */
export async function prepareRun(
  request: ManagerRequest,
  { out, plan }: Pick<RunOptions, 'out' | 'plan'>,
  { app, isStored }: { readonly app: AppContext; readonly isStored: boolean },
  { cwd, isTerminal }: Pick<CommandContext, 'cwd' | 'isTerminal'>,
): Promise<PreparedRun> {
  const { format, provider, prompt = '', n = 1 } = request;
  const staysInStore = isStored && app.hasChosenDirectory && out === undefined;
  const output = plan || staysInStore ? undefined : await planOutput(out, { prompt, n, cwd, isTerminal });
  if (format !== undefined && output?.format !== undefined && format !== output.format) {
    const hint = 'Leave out --format, or change the name.';
    throw new UsageError(`--format ${format} and the extension of --out differ`, hint);
  }
  const { config } = app;
  const hasNoBackends = Object.keys(config.backends).length === 0;
  const more = withoutUndefined({
    format: format ?? output?.format,
    provider: provider && providerNameOf(provider, config),
    // Only providers that are named or configured are used.
    fallback: request.fallback ?? (hasNoBackends ? [] : undefined),
  });
  return { request: { ...request, ...more } as ManagerRequest, output };
}

/** Shows the estimated price before the call. */
function announce({ candidates: [best] }: ManagerPlan, terminal: Terminal): void {
  const usd = best?.plan.price.usd;
  if (best && usd) terminal.notice(`${best.provider} ${best.model}, ${priceOf(usd)}`);
}

/** Describes an event for the progress line. */
export function progressText(event: ManagerEvent): { readonly text: string; readonly fraction?: number } | undefined {
  switch (event.type) {
    case 'planned':
      return { text: `generating with ${event.plan.candidates[0]?.provider ?? 'no provider'}` };
    case 'queued':
      return { text: event.position === undefined ? 'queued' : `queued at position ${event.position}` };
    case 'progress':
      return { text: event.message ?? 'generating', ...(event.fraction !== undefined && { fraction: event.fraction }) };
    case 'partial':
      return { text: `image ${event.index + 1}: received a preview` };
    default:
      return undefined;
  }
}
