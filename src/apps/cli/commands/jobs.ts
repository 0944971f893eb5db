/** `imagen jobs`: what is under way at vendors: listed, fetched, called off. Buys nothing. */
import type { JobRecord } from '../../../index.ts';
import type { CommandContext, GlobalOptions } from '../context.ts';
import { wordsOf } from '../draw.ts';
import type { Exit } from '../exit-codes.ts';
import { explain } from '../explain.ts';
import { callOff, type Fetched, fetchJobs, findJob, idOf, managersOf, requireFree } from '../fetch-jobs.ts';
import { storeToLookAt } from '../kept-pictures.ts';
import { readDeadline, readWhole } from '../request-flags.ts';
import type { Commands } from '../run.ts';
import { columns } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { openWorkbench } from '../workbench.ts';

export function addJobs({ program, action }: Commands): void {
  const jobs = program
    .command('jobs')
    .description('work that vendors do after they answered: list it, fetch it, call it off');
  jobs
    .command('list')
    .description('jobs on record, the latest first, and calls of which nobody knows how they ended')
    .option('--limit <count>', 'at most so many, 1 to 1000 (default: 100)')
    .action(action(list));
  jobs
    .command('resume')
    .description('fetch the pictures of jobs that were submitted and never fetched; nothing is bought again')
    .argument('[id...]', 'of the jobs, or how they begin (default: all that nobody works on)')
    .option('--deadline <seconds>', 'when to give up waiting')
    .action(action(resume));
  jobs
    .command('cancel')
    .description('call a job off at its vendor, where the vendor can; pictures that are done already are fetched')
    .argument('<id>', 'of the job, or how it begins')
    .action(action(cancel));
}

const USUAL_LIMIT = 100;

async function list(options: GlobalOptions & { readonly limit?: string }, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  const limit = readWhole('--limit', options.limit, 1, 1000) ?? USUAL_LIMIT;
  await using bench = await openWorkbench(options, context, { checkKeys: false });
  const store = storeToLookAt(bench);
  const shown = (await store.jobs.list()).slice(0, limit);
  if (options.json) terminal.document({ jobs: shown.map(toDocument) });
  else for (const line of columns(shown.map(rowOf))) terminal.result(line);
  if (shown.length === 0) terminal.notice(`no job is on record in ${store.directory}`);
  if (shown.some(({ state }) => state === 'unknown')) {
    terminal.notice('unknown: it was sent, and nobody heard how it ended. It may have been charged; only the vendor');
    terminal.notice('knows, so look there. It is never sent again by itself.');
  }
  return 'done';
}

const rowOf = (job: JobRecord): readonly string[] => [
  idOf(job),
  job.provider,
  job.model,
  job.state,
  `${job.startedAt.slice(0, 10)} ${job.startedAt.slice(11, 16)}`,
  job.isHeld ? 'another process works on it' : '',
];

/** The handle holds the prompt and addresses: it stays where it is. */
function toDocument(job: JobRecord): object {
  const { id: call, provider, model, state, startedAt, isHeld, handle } = job;
  return { id: handle?.id ?? null, call, provider, model, state, startedAt, isHeld };
}

async function resume(
  ids: readonly string[],
  options: GlobalOptions & { readonly deadline?: string },
  context: CommandContext,
): Promise<Exit> {
  const { terminal, signal } = context;
  const deadlineMs = readDeadline(options);
  await using bench = await openWorkbench(options, context);
  const store = storeToLookAt(bench);
  const all = await store.jobs.list();
  const jobs = ids.length === 0 ? all.filter(isWaiting) : [...new Set(ids.map((id) => findJob(all, id)))];
  for (const job of jobs) requireFree(job);
  if (jobs.length === 0) terminal.notice('no job waits to be fetched');
  const progress = terminal.working(jobs.length === 1 ? 'fetching' : `fetching ${jobs.length} jobs`);
  let fetched: readonly Fetched[];
  try {
    fetched = await fetchJobs(jobs, {
      ...{ store, managerOf: managersOf(bench), signal, deadlineMs },
      onEvent(event) {
        const told = jobs.length === 1 ? wordsOf(event) : undefined;
        if (told) progress.update(told.text, told.fraction);
      },
      onFinished: (finished) => progress.update(`${finished} of ${jobs.length} are over`, finished / jobs.length),
    });
  } finally {
    progress.stop();
  }
  if (options.json) terminal.document(documentOf(fetched));
  else for (const path of fetched.flatMap(pathsOf)) terminal.result(path);
  for (const each of fetched) report(each, terminal);
  return exitOf(fetched, signal);
}

const isWaiting = ({ state, handle, isHeld }: JobRecord): boolean =>
  state === 'running' && handle !== undefined && !isHeld;

const pathsOf = (each: Fetched): readonly string[] =>
  'generation' in each ? each.generation.kept.map(({ path }) => path) : [];

function documentOf(fetched: readonly Fetched[]): object {
  return {
    fetched: fetched.flatMap((each) =>
      'generation' in each
        ? [
            {
              job: toDocument({ ...each.job, state: 'done' }),
              images: each.generation.kept,
              cost: each.generation.cost,
            },
          ]
        : [],
    ),
    failed: fetched.flatMap((each) =>
      'error' in each ? [{ job: toDocument(each.job), error: explain(each.error).document }] : [],
    ),
  };
}

/** What a person is told of it besides the paths. */
function report(each: Fetched, terminal: Terminal): void {
  const id = idOf(each.job);
  if ('error' in each) {
    for (const line of explain(each.error).lines) terminal.notice(`${id}: ${line}`);
    return;
  }
  const { warnings, failures, cost } = each.generation;
  for (const { message } of warnings) terminal.notice(`${id}: note: ${message}`);
  for (const { index, error } of failures) {
    terminal.notice(`${id}: picture ${index + 1}: ${error.message} (${error.code})`);
  }
  if (cost.usd) terminal.notice(`${id}: cost $${cost.usd} (${cost.basis})`);
}

function exitOf(fetched: readonly Fetched[], signal: AbortSignal): Exit {
  const errors = fetched.flatMap((each) => ('error' in each ? [each.error] : []));
  const [first] = errors;
  if (signal.aborted && first !== undefined) return 'interrupted';
  if (first !== undefined) return errors.length === fetched.length ? explain(first).exit : 'partial';
  return fetched.some((each) => 'generation' in each && each.generation.failures.length > 0) ? 'partial' : 'done';
}

async function cancel(start: string, options: GlobalOptions, context: CommandContext): Promise<Exit> {
  const { terminal, signal } = context;
  await using bench = await openWorkbench(options, context);
  const store = storeToLookAt(bench);
  const job = findJob(await store.jobs.list(), start);
  const id = idOf(job);
  requireFree(job);
  if (job.state !== 'running') {
    throw new UsageError(`${id} is not under way: it is ${job.state}`, 'imagen jobs list shows how jobs stand.');
  }
  const progress = terminal.working('asking how it stands');
  const end = await callOff(job, { store, managerOf: managersOf(bench), signal }).finally(progress.stop);
  const paths = end.kind === 'done' ? end.generation.kept.map(({ path }) => path) : [];
  if (options.json) terminal.document({ job: toDocument(job), end: end.kind, paths });
  else for (const line of end.kind === 'done' ? paths : []) terminal.result(line);
  switch (end.kind) {
    case 'over':
      terminal.notice(`${id} is over: ${end.says}`);
      terminal.notice(`Whether it was charged, ${job.provider} knows. It counts as spent here.`);
      return 'done';
    case 'done':
      terminal.notice(`${id} was done already; its pictures are kept`);
      return 'done';
    case 'goes-on':
      terminal.notice(`${id} goes on: ${job.provider} cannot call it off, or has not done so yet`);
      terminal.notice(`To fetch it: imagen jobs resume ${id}`);
      return 'doubtful';
    default:
      return end satisfies never;
  }
}
