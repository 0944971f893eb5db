/** `imagen jobs`: lists, fetches, cancels and settles jobs at vendors. Never starts a new generation. */
import { userInfo } from 'node:os';
import { keepJobsOpenMsOf } from '../../../config/create-manager-from-config.ts';
import type { JobRecord } from '../../../index.ts';
import { isOpen } from '../../../manager/jobs/job-states.ts';
import { settle } from '../../../manager/jobs/settle.ts';
import { quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import {
  cancelJob,
  type Fetched,
  fetchJobs,
  findJob,
  listJobs,
  managersByProvider,
  requireResumable,
} from '../../shared/fetch-jobs.ts';
import { requireExistingStore } from '../../shared/find-artifact.ts';
import { jobIdOf } from '../../shared/job-names.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { readInteger } from '../flags/number-flag.ts';
import { readDeadline } from '../flags/request-flags.ts';
import { progressText } from '../generate-images.ts';
import { openCommandApp } from '../open-command-app.ts';
import { explain } from '../output/errors/explain-error.ts';
import { toCommandText } from '../output/errors/to-command-text.ts';
import type { Saved } from '../output/results/save-images.ts';
import { jobSaving, unsavedMessages, warnUnsynced } from '../output/results/write-results.ts';
import { alignColumns } from '../output/tables/align-columns.ts';
import { jobDocument, jobRow, openJobHints } from '../output/tables/job-rows.ts';
import type { Terminal } from '../output/terminal/terminal.ts';
import { UsageError } from '../usage-error.ts';

export function addJobs({ command, action }: CommandSetup): void {
  command
    .command('list')
    .description('list jobs on record, the latest first, with the error of the last attempt to fetch them')
    .option('--limit <count>', 'maximum number of jobs, 1 to 100000 (default: 100)')
    .action(action(list));
  command
    .command('resume')
    .description('fetch the images of submitted jobs; nothing is generated or charged again')
    .argument('[id...]', 'ids of the jobs, or their beginnings (default: all open jobs that no process works on)')
    .option('--deadline <seconds>', 'time limit for each job, 1 to 86400')
    .action(action(resume));
  command
    .command('cancel')
    .description('cancel a job at its vendor, if the vendor supports it; finished images are fetched')
    .argument('<id>', 'id of the job, or its beginning')
    .action(action(cancel));
  command
    .command('settle')
    .description('record whether the vendor charged a job or call, and update the ledger; nothing is sent')
    .argument('<id>', 'id of the job or the call, or its beginning')
    .option('--charged', 'the vendor charged it')
    .option('--not-charged', 'the vendor did not charge it: the reserved amount is released')
    .option('--usd <dollars>', 'amount that the vendor charged (default: the reserved amount)')
    .action(action(settleJob));
}

const DEFAULT_LIMIT = 100;

async function list(options: GlobalOptions & { readonly limit?: string }, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  const limit = readInteger('--limit', options.limit, 1, 100_000) ?? DEFAULT_LIMIT;
  await using app = await openCommandApp(options, context, { checkKeys: false });
  const store = requireExistingStore(app);
  const all = await listJobs(app, store);
  const [shown, hidden] = [all.slice(0, limit), all.slice(limit)];
  const hiddenOpen = hidden.filter(isOpen).length;
  if (options.json) terminal.document({ jobs: shown.map(jobDocument), more: hidden.length, moreOpen: hiddenOpen });
  else for (const line of alignColumns(shown.map(jobRow))) terminal.result(line);
  if (shown.length === 0) terminal.notice(`no jobs on record in ${store.directory}`);
  if (hidden.length > 0) {
    terminal.notice(
      `${hidden.length} more are on record, ${hiddenOpen} of them open. To see all: --limit ${all.length}`,
    );
  }
  for (const line of openJobHints(all)) terminal.notice(line);
  return 'done';
}

async function resume(
  ids: readonly string[],
  options: GlobalOptions & { readonly deadline?: string },
  context: CommandContext,
): Promise<Exit> {
  const { terminal, signal } = context;
  const deadlineMs = readDeadline(options);
  await using app = await openCommandApp(options, context);
  const store = requireExistingStore(app);
  const all = await listJobs(app, store);
  const jobs = ids.length === 0 ? all.filter(isWaiting) : [...new Set(ids.map((id) => findJob(all, id)))];
  for (const job of jobs) requireResumable(job);
  if (jobs.length === 0) terminal.notice('there are no jobs to fetch');
  const progress = terminal.startProgress(jobs.length === 1 ? 'fetching' : `fetching ${jobs.length} jobs`);
  let fetched: readonly Fetched<Saved>[];
  try {
    fetched = await fetchJobs(jobs, {
      ...{ store, managerOf: managersByProvider(app), signal, deadlineMs, ...jobSaving(store, context) },
      onEvent(event) {
        const shown = jobs.length === 1 ? progressText(event) : undefined;
        if (shown) progress.update(shown.text, shown.fraction);
      },
      onFinished: (finished) => progress.update(`${finished} of ${jobs.length} fetched`, finished / jobs.length),
    });
  } finally {
    progress.stop();
  }
  const paths = fetched.flatMap((each) => ('saved' in each ? pathsOf(each.saved) : []));
  if (options.json) terminal.document(toDocument(fetched), paths);
  else for (const path of paths) terminal.savedPath(path);
  for (const each of fetched) report(each, terminal);
  return exitOf(fetched, signal);
}

const isWaiting = ({ state, handle, isHeld }: JobRecord): boolean =>
  state === 'running' && handle !== undefined && !isHeld;

const pathsOf = (saved: readonly Saved[]): readonly string[] => saved.flatMap(({ path }) => path ?? []);

function toDocument(fetched: readonly Fetched<Saved>[]): object {
  return {
    fetched: fetched.flatMap((each) =>
      'generation' in each
        ? [
            {
              job: jobDocument({ ...each.job, state: 'done' }),
              images: each.saved.map((image, at) => ({ ...each.generation.saved[at], ...image })),
              cost: each.generation.cost,
            },
          ]
        : [],
    ),
    failed: fetched.flatMap((each) =>
      'error' in each ? [{ job: jobDocument(each.job), error: explain(each.error).document }] : [],
    ),
  };
}

/** Prints notes, costs and errors of one job. The paths are printed before. */
function report(each: Fetched<Saved>, terminal: Terminal): void {
  const id = jobIdOf(each.job);
  if ('error' in each) {
    for (const line of explain(each.error).lines) terminal.alert(`${id}: ${line}`);
    return;
  }
  for (const line of unsavedMessages(each.saved, each.generation)) terminal.alert(`${id}: ${line}`);
  warnUnsynced(each.generation.saved, { terminal });
  const { warnings, failures, cost } = each.generation;
  for (const { message } of warnings) terminal.notice(`${id}: note: ${toCommandText(message)}`);
  for (const { index, error } of failures) {
    terminal.notice(`${id}: image ${index + 1}: ${error.message} (${error.code})`);
  }
  if (cost.usd) terminal.notice(`${id}: cost $${cost.usd} (${cost.basis})`);
}

function exitOf(fetched: readonly Fetched<Saved>[], signal: AbortSignal): Exit {
  const errors = fetched.flatMap((each) => ('error' in each ? [each.error] : []));
  const [first] = errors;
  if (signal.aborted && first !== undefined) return 'interrupted';
  if (first !== undefined) return errors.length === fetched.length ? explain(first).exit : 'partial';
  const results = fetched.flatMap((each) => ('generation' in each ? [each] : []));
  if (results.some(({ saved }) => saved.some(({ fault }) => fault !== undefined))) return 'unsaved';
  return results.some(({ generation }) => generation.failures.length > 0) ? 'partial' : 'done';
}

async function cancel(prefix: string, options: GlobalOptions, context: CommandContext): Promise<Exit> {
  const { terminal, signal } = context;
  await using app = await openCommandApp(options, context);
  const store = requireExistingStore(app);
  const job = findJob(await listJobs(app, store), prefix);
  const id = jobIdOf(job);
  requireResumable(job);
  if (job.state !== 'running' && job.state !== 'expired') {
    throw new UsageError(`${id} is not running: its state is ${job.state}`, 'To see the states: imagen jobs list');
  }
  const progress = terminal.startProgress('checking the job');
  const managerOf = managersByProvider(app);
  const end = await cancelJob(job, { store, managerOf, signal, ...jobSaving(store, context) }).finally(progress.stop);
  const saved = end.kind === 'done' ? end.saved : [];
  const paths = pathsOf(saved);
  if (options.json) terminal.document({ job: jobDocument(job), end: end.kind, paths }, paths);
  else for (const path of paths) terminal.savedPath(path);
  switch (end.kind) {
    case 'ended':
      terminal.notice(`${id} has ended: ${end.message}`);
      terminal.notice(
        end.charged === 'no'
          ? `${job.provider} charged nothing for it.`
          : `It may have been charged, so its reservation counts as spent. The usage page of ${job.provider} shows the amount.`,
      );
      return 'done';
    case 'done':
      for (const line of unsavedMessages(saved, end.generation)) terminal.alert(line);
      terminal.notice(`${id} had already finished; its images are saved`);
      return saved.some(({ fault }) => fault !== undefined) ? 'unsaved' : 'done';
    case 'running':
      terminal.notice(`${id} is still running: ${job.provider} cannot cancel it, or has not done so yet`);
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

async function settleJob(prefix: string, options: SettleOptions, context: CommandContext): Promise<Exit> {
  const { terminal, env } = context;
  const charged = options.charged === true;
  if (charged === (options.notCharged === true)) {
    throw new UsageError('the outcome is missing', 'Use either --charged or --not-charged.');
  }
  const usd = readDollars(options);
  await using app = await openCommandApp(options, context, { checkKeys: false });
  const store = requireExistingStore(app);
  const { id } = findJob(await listJobs(app, store), prefix);
  const settled = await settle(
    id,
    { charged, by: userName(env), ...(usd !== undefined && { usd }) },
    {
      ...{ records: store.jobs, ledger: store.ledger, now: Date.now, keepOpenMs: keepJobsOpenMsOf(app.config) },
      isInUse: () => false,
    },
  );
  if (options.json) terminal.document({ job: jobDocument(settled) });
  else for (const line of alignColumns([jobRow(settled)])) terminal.result(line);
  return 'done';
}

function readDollars({ usd, notCharged }: SettleOptions): number | undefined {
  if (usd === undefined) return undefined;
  if (notCharged) throw new UsageError('--usd needs --charged', 'Leave out --usd, or use --charged.');
  if (/^\d{1,9}(?:\.\d{1,6})?$/.test(usd)) return Number(usd);
  throw new UsageError(`invalid --usd ${quoteName(usd, 40)}`, 'Use an amount in dollars, for example --usd 0.04.');
}

/** Returns the user of this process. Falls back to environment variables where the system has no name. */
function userName({ USER, USERNAME }: CommandContext['env']): string {
  try {
    return userInfo().username;
  } catch {
    return USER ?? USERNAME ?? 'an unnamed user';
  }
}
