/** `imagen queue retry` and `imagen queue cancel`. */
import { keepJobsOpenMsOf } from '../../../../config/create-manager-from-config.ts';
import { isAiImageError } from '../../../../index.ts';
import { toCallRecord } from '../../../../manager/jobs/call-record.ts';
import { asOf } from '../../../../manager/jobs/job-states.ts';
import { hideKeys } from '../../../../providers/protocol/input/hide-keys.ts';
import type { QueuedWork } from '../../../../queue/index.ts';
import { AppError } from '../../../shared/app-error.ts';
import { findWork } from '../../../shared/open-queue.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../../context.ts';
import type { Exit } from '../../exit-codes.ts';
import { toUsageError } from '../../output/errors/app-error-texts.ts';
import { type QueueCommandParts, withQueue } from '../../queue/with-queue.ts';
import { UsageError } from '../../usage-error.ts';

export function addChanges({ command, action }: CommandSetup): void {
  command
    .command('retry')
    .description('let dead or cancelled work run again; work that may have been charged is refused until it is settled')
    .argument('<id...>', 'ids of the work, or their beginnings')
    .action(action(retry));
  command
    .command('cancel')
    .description('cancel work; running work is cancelled at its vendor by its worker, if the vendor supports it')
    .argument('<id...>', 'ids of the work, or their beginnings')
    .action(action(cancel));
}

const ENDED_STATES: readonly string[] = ['dead', 'unknown', 'cancelled'];

async function retry(prefixes: readonly string[], options: GlobalOptions, context: CommandContext): Promise<Exit> {
  return changeEach(prefixes, options, context, async (work, parts) => {
    const { queue } = parts;
    const refusal = await findRefusal(work, parts);
    if (refusal) throw refusal;
    if (await queue.retry(work.id)) return 'waiting';
    const { state = 'gone' } = (await queue.find(work.id)) ?? {};
    throw new UsageError(
      `${work.id} cannot run again: it is ${state}`,
      state === 'done' ? 'For new images: imagen enqueue' : 'Only dead, unknown and cancelled work can run again.',
    );
  });
}

/** A call that may have been charged would end as unknown again, so the person is told what to do instead. */
async function findRefusal(
  { id, state }: QueuedWork,
  { store, app: { config } }: QueueCommandParts,
): Promise<UsageError | undefined> {
  if (!ENDED_STATES.includes(state)) return undefined;
  const clock = { now: Date.now(), keepOpenMs: keepJobsOpenMsOf(config) };
  const call = toCallRecord(
    id,
    (await store.jobs.findCall(id)).map((record) => asOf(record, clock)),
  );
  if (call?.state === 'unknown') {
    return new UsageError(
      `${id} cannot run again yet: a request was sent, and it may have been charged`,
      `Ask the vendor, then run imagen jobs settle ${id} with --charged or --not-charged. After --not-charged it can run again.`,
    );
  }
  if (call?.state === 'failed' && call.charged !== 'no') {
    return new UsageError(
      `${id} cannot run again: it was charged, or may have been`,
      'To pay for it again, add it as new work: imagen enqueue',
    );
  }
  return undefined;
}

async function cancel(prefixes: readonly string[], options: GlobalOptions, context: CommandContext): Promise<Exit> {
  return changeEach(prefixes, options, context, async ({ id }, { queue }) => {
    const outcome = await queue.cancel(id);
    if (outcome === 'removed') return 'cancelled';
    if (outcome === 'asked') return 'its worker is told to cancel it';
    const { state = 'gone' } = (await queue.find(id)) ?? {};
    throw new UsageError(
      `${id} cannot be cancelled: it has ended (${state})`,
      `To see it: imagen queue show ${id.slice(0, 8)}`,
    );
  });
}

/** Changes each piece of work. One that cannot be changed does not stop the others. @param change returns what happened */
async function changeEach(
  prefixes: readonly string[],
  options: GlobalOptions,
  context: CommandContext,
  change: (work: QueuedWork, parts: QueueCommandParts) => Promise<string>,
): Promise<Exit> {
  const { terminal } = context;
  return withQueue(options, context, async (parts): Promise<Exit> => {
    const ends: object[] = [];
    let failed: { readonly error: unknown } | undefined;
    let changed = 0;
    for (const prefix of new Set(prefixes)) {
      try {
        const work = await findWork(parts.queue, prefix);
        const outcome = await change(work, parts);
        changed++;
        ends.push({ id: work.id, outcome });
        if (!options.json) terminal.result(`${work.id}  ${outcome}`);
      } catch (error) {
        if (!isMistake(error) || prefixes.length === 1) throw error;
        failed ??= { error };
        const { message, hint = '' } = error instanceof AppError ? toUsageError(error) : (error as UsageError);
        ends.push({ id: hideKeys(prefix), error: { message, hint } });
        terminal.notice(message);
        if (hint !== '') terminal.notice(hint);
      }
    }
    if (options.json) terminal.document({ work: ends });
    return failed === undefined ? 'done' : changed > 0 ? 'partial' : 'usage';
  });
}

const isMistake = (error: unknown): boolean =>
  error instanceof UsageError ||
  error instanceof AppError ||
  (isAiImageError(error) && error.code === 'invalid_request');
