/** `imagen worker`: generates the work of queues until it is stopped. */
import type { AiImageErrorCode } from '../../../../index.ts';
import type { QueueCounts, WorkError, WorkerTotals } from '../../../../queue/index.ts';
import { createWorker } from '../../../../queue/index.ts';
import { openQueue } from '../../../shared/open-queue.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../../context.ts';
import { type Exit, exitOf } from '../../exit-codes.ts';
import { addConcurrencyOption, readConcurrency } from '../../flags/output-flags.ts';
import { readQueueName } from '../../flags/queue-flags.ts';
import { repeatable } from '../../flags/repeatable.ts';
import { openCommandApp } from '../../open-command-app.ts';
import { pauseText } from '../../output/tables/work-rows.ts';
import { reasonOf, workerDocument, workerLine } from '../../queue/worker-lines.ts';
import { createServiceManager } from '../../service/service-manager.ts';
import { requireResources } from '../../system/require-resources.ts';
import { UsageError } from '../../usage-error.ts';

interface WorkerFlags extends GlobalOptions {
  readonly concurrency?: string;
  readonly queue?: readonly string[];
  readonly once?: boolean;
  readonly drain?: boolean;
  readonly printUnit?: boolean;
  readonly user?: boolean;
}

export function addWorker({ command, action }: CommandSetup): void {
  addConcurrencyOption(command)
    .option('--queue <name>', 'take work from this queue only; may be repeated (default: all queues)', repeatable)
    .option('--once', 'generate one piece of work and end; end at once if none is ready')
    .option('--drain', 'end when no work is ready or running')
    .option('--print-unit', 'print a systemd unit that runs this worker, and end')
    .option('--user', 'with --print-unit: a unit for systemctl --user')
    .action(action(work));
}

/** How long running work may take after a signal. systemd is told to wait longer. */
const GRACE_MS = 25_000;

async function work(options: WorkerFlags, context: CommandContext): Promise<Exit> {
  const { terminal, signal } = context;
  const concurrency = readConcurrency(options);
  const queues = options.queue?.map(readQueueName);
  if (options.once && options.drain) {
    throw new UsageError('--once and --drain contradict each other', 'Remove one of them.');
  }
  if (options.user && !options.printUnit) throw new UsageError('--user needs --print-unit', 'Add --print-unit.');
  if (options.printUnit) return await printUnit(options, { concurrency, queues }, context);
  await using app = await openCommandApp(options, context);
  const store = app.requireStore();
  app.requireLedger();
  await store.preflight();
  await requireResources({ concurrentImages: concurrency, directories: [] }, { ...context, store });
  const manager = createServiceManager(app, store, context, 'worker');
  await using opened = openQueue(app);
  const { queue } = opened;
  let firstFailure: WorkError | undefined;
  const hasEnd = options.once || options.drain;
  /** Errors of work that waits for its next attempt, by id. A worker without an end does not need them. */
  const waiting = new Map<string, WorkError>();
  const worker = createWorker({
    ...{ queue, manager, concurrency },
    ...(queues && { queues }),
    onEvent(event) {
      if (hasEnd && event.type === 'waiting') waiting.set(event.id, event.error);
      else if (event.type !== 'started' && 'id' in event) waiting.delete(event.id);
      if (event.type === 'dead' || event.type === 'unknown' || event.type === 'cancelled') firstFailure ??= event.error;
      if (options.json) terminal.jsonLine(workerDocument(event, new Date()));
      else if (event.type === 'trouble') terminal.alert(reasonOf(event.error));
      else terminal.result(workerLine(event, new Date()));
    },
  });
  for (const pause of await queue.pauses()) terminal.notice(pauseText(pause));
  const chosen = `the queue${queues?.length === 1 ? '' : 's'} ${queues?.join(', ')}`;
  const atOnce = options.once ? 1 : concurrency;
  terminal.notice(
    `working on ${queues === undefined ? 'all queues' : chosen} of ${store.directory}, ${atOnce} at a time`,
  );
  let stopped: Promise<void> | undefined;
  const stop = () => {
    terminal.notice(`stopping: running work has ${GRACE_MS / 1000} s to end. A second signal ends the worker at once.`);
    stopped ??= worker.stop(GRACE_MS);
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const totals = await worker.run(options.once ? 'once' : options.drain ? 'drained' : 'forever').finally(() => {
    signal.removeEventListener('abort', stop);
  });
  await stopped;
  const isIdle = Object.values(totals).every((count) => count === 0);
  // A worker that was stopped ends at once.
  const counts = isIdle && stopped === undefined ? await queue.counts().catch(() => []) : [];
  terminal.notice(summary(totals, sumOf(counts.filter((each) => queues?.includes(each.queue) ?? true))));
  if (!hasEnd) return 'done';
  return exitOfTotals(totals, firstFailure, stopped === undefined ? [...waiting.values()] : []);
}

const sumOf = (counts: readonly QueueCounts[]) => counts.reduce((sum, { states }) => sum + states.waiting, 0);

/** @param waiting pieces of work that wait: for their time, for the end of a pause, or for a newer worker */
function summary(totals: WorkerTotals, waiting: number): string {
  const parts = Object.entries(totals).flatMap(([state, count]) => {
    if (count === 0) return [];
    if (state !== 'released') return [`${count} ${state}`];
    return [`${count} ${count === 1 ? 'attempt' : 'attempts'} without an end, the work waits`];
  });
  if (parts.length > 0) return parts.join(', ');
  return `no work was ready${waiting === 0 ? '' : `; ${waiting} waiting, see imagen queue list`}`;
}

/** A worker that is stopped has done its part, whatever the work was. One that was started for work reports how it ended. */
function exitOfTotals(
  { done, unknown }: WorkerTotals,
  first: WorkError | undefined,
  waiting: readonly WorkError[],
): Exit {
  if (first === undefined) return waiting[0] === undefined ? 'done' : done > 0 ? 'partial' : exitOfWaiting(waiting[0]);
  if (done > 0) return 'partial';
  return unknown > 0 ? 'doubtful' : exitOf(first.code as AiImageErrorCode);
}

/** Work waits only if nothing was charged. */
function exitOfWaiting({ code }: WorkError): Exit {
  const exit = exitOf(code as AiImageErrorCode);
  return exit === 'doubtful' || exit === 'interrupted' ? 'unavailable' : exit;
}

async function printUnit(
  options: WorkerFlags,
  { concurrency, queues = [] }: { readonly concurrency: number; readonly queues: readonly string[] | undefined },
  context: CommandContext,
): Promise<Exit> {
  const wrong = options.once ? '--once' : options.drain ? '--drain' : options.json ? '--json' : undefined;
  if (wrong !== undefined)
    throw new UsageError(`--print-unit and ${wrong} cannot be used together`, `Remove ${wrong}.`);
  if (options.store === false) throw new UsageError('a worker needs a store', 'Leave out --no-store.');
  const { systemdUnit, unitNotes, unitSettings } = await import('../../service/systemd-unit.ts');
  // The keys are set where the unit runs.
  await using app = await openCommandApp(options, context, { checkKeys: false });
  const more = [
    ...(options.concurrency === undefined ? [] : ['--concurrency', String(concurrency)]),
    ...queues.flatMap((name) => ['--queue', name]),
  ];
  const settings = unitSettings(
    app,
    { command: 'worker', isUser: options.user === true, store: options.store, more },
    context,
  );
  for (const line of systemdUnit(settings)) context.terminal.result(line);
  for (const note of unitNotes(settings)) context.terminal.notice(note);
  return 'done';
}
