/** `imagen jobs`: what is under way at vendors: listed, fetched, called off. Buys nothing. */
import { userInfo } from 'node:os';
import { keepJobsOpenMsOf } from '../../../config/create-manager-from-config.ts';
import type { JobRecord } from '../../../index.ts';
import { isOpen } from '../../../manager/jobs/job-states.ts';
import { inWords, settle } from '../../../manager/jobs/settle.ts';
import { storeToLookAt } from '../../shared/artifacts.ts';
import { callOff, type Fetched, fetchJobs, findJob, jobsOf, managersOf, requireFree } from '../../shared/jobs.ts';
import { openApp } from '../../shared/open-app.ts';
import type { Commands } from '../commands.ts';
import type { CommandContext, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { readDeadline, readWhole } from '../flags/request-flags.ts';
import { wordsOf } from '../generate-images.ts';
import { idOf } from '../job-names.ts';
import { explain } from '../output/explain-error.ts';
import type { Saved } from '../output/save-images.ts';
import { columns } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { faultsOf, tellUnsynced } from '../output/write-results.ts';
import { UsageError } from '../usage-error.ts';

export function addJobs({ program, action }: Commands): void {
  const jobs = program
    .command('jobs')
    .description('work that vendors do after they answered: list it, fetch it, call it off');
  jobs
    .command('list')
    .description('jobs on record, the latest first, with the reason of the last attempt to fetch them')
    .option('--limit <count>', 'at most so many, 1 to 100000 (default: 100)')
    .action(action(list));
  jobs
    .command('resume')
    .description('fetch the pictures of jobs that were submitted and never fetched; nothing is bought again')
    .argument('[id...]', 'of the jobs, or how they begin (default: all open ones that no process works on)')
    .option('--deadline <seconds>', 'when to give up waiting')
    .action(action(resume));
  jobs
    .command('cancel')
    .description('call a job off at its vendor, where the vendor can; pictures that are done already are fetched')
    .argument('<id>', 'of the job, or how it begins')
    .action(action(cancel));
  jobs
    .command('settle')
    .description('end a job or call by what you found out at the vendor; the ledger follows, and nothing is sent')
    .argument('<id>', 'of the job or the call, or how it begins')
    .option('--charged', 'the vendor charged it')
    .option('--not-charged', 'the vendor did not charge it: what was promised for it is released')
    .option('--usd <dollars>', 'what the vendor charged (default: what was promised)')
    .action(action(settleJob));
}

const USUAL_LIMIT = 100;

async function list(options: GlobalOptions & { readonly limit?: string }, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  const limit = readWhole('--limit', options.limit, 1, 100_000) ?? USUAL_LIMIT;
  await using bench = await openApp(options, context, { checkKeys: false });
  const store = storeToLookAt(bench);
  const all = await jobsOf(bench, store);
  const [shown, hidden] = [all.slice(0, limit), all.slice(limit)];
  const hiddenOpen = hidden.filter(isOpen).length;
  if (options.json) terminal.document({ jobs: shown.map(toDocument), more: hidden.length, moreOpen: hiddenOpen });
  else for (const line of columns(shown.map(rowOf))) terminal.result(line);
  if (shown.length === 0) terminal.notice(`no job is on record in ${store.directory}`);
  if (hidden.length > 0) {
    terminal.notice(
      `${hidden.length} more are on record, ${hiddenOpen} of them open. To see them: --limit ${all.length}`,
    );
  }
  for (const line of hintsFor(all.find(isUnknown), all.find(isExpired))) terminal.notice(line);
  return 'done';
}

const isUnknown = ({ state }: JobRecord): boolean => state === 'unknown';
const isExpired = ({ state }: JobRecord): boolean => state === 'expired';

function hintsFor(unknown: JobRecord | undefined, expired: JobRecord | undefined): readonly string[] {
  const [open] = [unknown, expired].flatMap((job) => job ?? []);
  if (open === undefined) return [];
  return [
    ...(unknown
      ? ['unknown: it was sent, and no answer told how it ended. It may have been charged; it is never sent again.']
      : []),
    ...(expired
      ? [`expired: it was not fetched in time. To fetch it all the same: imagen jobs resume ${idOf(expired)}`]
      : []),
    'It counts as spent until you end it. Only the vendor knows whether it was charged: look there, then say',
    `imagen jobs settle ${idOf(open)} --charged (with --usd, if you know the amount), or --not-charged.`,
  ];
}

const rowOf = (job: JobRecord): readonly string[] => [
  idOf(job),
  job.provider,
  job.model,
  job.state,
  `${job.startedAt.slice(0, 10)} ${job.startedAt.slice(11, 16)}`,
  noteOn(job),
];

function noteOn({ isHeld, decision, lastTry, state }: JobRecord): string {
  if (isHeld) return 'another process works on it';
  if (decision) return `settled: ${inWords(decision)}`;
  return lastTry && state !== 'done' ? `last attempt: ${lastTry.code}: ${lastTry.message}` : '';
}

/** The handle holds the prompt and addresses: it stays where it is. */
function toDocument(job: JobRecord): object {
  const { id: call, provider, model, state, startedAt, isHeld, handle } = job;
  const { lastTry = null, openUntil = null, decision = null } = job;
  return { id: handle?.id ?? null, call, provider, model, state, startedAt, isHeld, lastTry, openUntil, decision };
}

async function resume(
  ids: readonly string[],
  options: GlobalOptions & { readonly deadline?: string },
  context: CommandContext,
): Promise<Exit> {
  const { terminal, signal } = context;
  const deadlineMs = readDeadline(options);
  await using bench = await openApp(options, context);
  const store = storeToLookAt(bench);
  const all = await jobsOf(bench, store);
  const jobs = ids.length === 0 ? all.filter(isWaiting) : [...new Set(ids.map((id) => findJob(all, id)))];
  for (const job of jobs) requireFree(job);
  if (jobs.length === 0) terminal.notice('no job waits to be fetched');
  const progress = terminal.working(jobs.length === 1 ? 'fetching' : `fetching ${jobs.length} jobs`);
  let fetched: readonly Fetched[];
  try {
    fetched = await fetchJobs(jobs, {
      ...{ store, managerOf: managersOf(bench), signal, deadlineMs, refuge: context },
      onEvent(event) {
        const told = jobs.length === 1 ? wordsOf(event) : undefined;
        if (told) progress.update(told.text, told.fraction);
      },
      onFinished: (finished) => progress.update(`${finished} of ${jobs.length} are over`, finished / jobs.length),
    });
  } finally {
    progress.stop();
  }
  const paths = fetched.flatMap((each) => ('saved' in each ? pathsOf(each.saved) : []));
  if (options.json) terminal.document(documentOf(fetched), paths);
  else for (const path of paths) terminal.place(path);
  for (const each of fetched) report(each, terminal);
  return exitOf(fetched, signal);
}

const isWaiting = ({ state, handle, isHeld }: JobRecord): boolean =>
  state === 'running' && handle !== undefined && !isHeld;

const pathsOf = (saved: readonly Saved[]): readonly string[] => saved.flatMap(({ path }) => path ?? []);

function documentOf(fetched: readonly Fetched[]): object {
  return {
    fetched: fetched.flatMap((each) =>
      'generation' in each
        ? [
            {
              job: toDocument({ ...each.job, state: 'done' }),
              images: each.saved.map((image, at) => ({ ...each.generation.kept[at], ...image })),
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
    for (const line of explain(each.error).lines) terminal.alert(`${id}: ${line}`);
    return;
  }
  for (const line of faultsOf(each.saved, each.generation)) terminal.alert(`${id}: ${line}`);
  tellUnsynced(each.generation.kept, { terminal });
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
  const brought = fetched.flatMap((each) => ('generation' in each ? [each] : []));
  if (brought.some(({ saved }) => saved.some(({ fault }) => fault !== undefined))) return 'unsaved';
  return brought.some(({ generation }) => generation.failures.length > 0) ? 'partial' : 'done';
}

async function cancel(start: string, options: GlobalOptions, context: CommandContext): Promise<Exit> {
  const { terminal, signal } = context;
  await using bench = await openApp(options, context);
  const store = storeToLookAt(bench);
  const job = findJob(await jobsOf(bench, store), start);
  const id = idOf(job);
  requireFree(job);
  if (job.state !== 'running' && job.state !== 'expired') {
    throw new UsageError(`${id} is not under way: it is ${job.state}`, 'imagen jobs list shows how jobs stand.');
  }
  const progress = terminal.working('asking how it stands');
  const managerOf = managersOf(bench);
  const end = await callOff(job, { store, managerOf, signal, refuge: context }).finally(progress.stop);
  const saved = end.kind === 'done' ? end.saved : [];
  const paths = pathsOf(saved);
  if (options.json) terminal.document({ job: toDocument(job), end: end.kind, paths }, paths);
  else for (const path of paths) terminal.place(path);
  switch (end.kind) {
    case 'over':
      terminal.notice(`${id} is over: ${end.says}`);
      terminal.notice(`Whether it was charged, ${job.provider} knows. It counts as spent here.`);
      return 'done';
    case 'done':
      for (const line of faultsOf(saved, end.generation)) terminal.alert(line);
      terminal.notice(`${id} was done already; its pictures are kept`);
      return saved.some(({ fault }) => fault !== undefined) ? 'unsaved' : 'done';
    case 'goes-on':
      terminal.notice(`${id} goes on: ${job.provider} cannot call it off, or has not done so yet`);
      terminal.notice(`To fetch it: imagen jobs resume ${id}`);
      return 'doubtful';
    default:
      return end satisfies never;
  }
}

interface SettleOptions extends GlobalOptions {
  readonly charged?: boolean;
  readonly notCharged?: boolean;
  readonly usd?: string;
}

async function settleJob(start: string, options: SettleOptions, context: CommandContext): Promise<Exit> {
  const { terminal, env } = context;
  const charged = options.charged === true;
  if (charged === (options.notCharged === true)) {
    throw new UsageError('say what the vendor did', 'Give either --charged or --not-charged.');
  }
  const usd = readDollars(options);
  await using bench = await openApp(options, context, { checkKeys: false });
  const store = storeToLookAt(bench);
  const { id } = findJob(await jobsOf(bench, store), start);
  const settled = await settle(
    id,
    { charged, by: userOf(env), ...(usd !== undefined && { usd }) },
    {
      ...{ records: store.jobs, ledger: store.ledger, now: Date.now, keepOpenMs: keepJobsOpenMsOf(bench.config) },
      isOurs: () => false,
    },
  );
  if (options.json) terminal.document({ job: toDocument(settled) });
  else for (const line of columns([rowOf(settled)])) terminal.result(line);
  return 'done';
}

function readDollars({ usd, notCharged }: SettleOptions): number | undefined {
  if (usd === undefined) return undefined;
  if (notCharged) throw new UsageError('--usd is for what was charged', 'Leave it out, or say --charged.');
  if (/^\d{1,9}(?:\.\d{1,6})?$/.test(usd)) return Number(usd);
  throw new UsageError(`--usd ${usd.slice(0, 40)} is not an amount of dollars`, 'Write for example --usd 0.04.');
}

/** The user this process belongs to; the variables are asked where the system does not name one. */
function userOf({ USER, USERNAME }: CommandContext['env']): string {
  try {
    return userInfo().username;
  } catch {
    return USER ?? USERNAME ?? 'an unnamed user';
  }
}
