/** `imagen queue watch`: shows the work of queues while it changes. */
import type { CommandContext, CommandSetup, GlobalOptions } from '../../context.ts';
import type { Exit } from '../../exit-codes.ts';
import { readInteger } from '../../flags/number-flag.ts';
import { readQueueName } from '../../flags/queue-flags.ts';
import { workDocument, workRow } from '../../output/tables/work-rows.ts';
import { createChangeReader, readSnapshot, toScreen } from '../../queue/watch-queue.ts';
import { withQueue } from '../../queue/with-queue.ts';
import { timeOfDay } from '../../queue/worker-lines.ts';

interface WatchOptions extends GlobalOptions {
  readonly queue?: string;
  readonly interval?: string;
}

export function addWatch({ command, action }: CommandSetup): void {
  command
    .command('watch')
    .description('show counts, running work and the latest ends until Ctrl-C; in a pipe: one line per change')
    .option('--queue <name>', 'of this queue only')
    .option('--interval <seconds>', 'how often the queue is read, 1 to 3600 (default: 1)')
    .action(action(watch));
}

async function watch(options: WatchOptions, context: CommandContext): Promise<Exit> {
  const { terminal, signal, isTerminal, width } = context;
  const name = options.queue === undefined ? undefined : readQueueName(options.queue);
  const intervalMs = (readInteger('--interval', options.interval, 1, 3600) ?? 1) * 1000;
  await withQueue(options, context, async ({ queue }) => {
    if (isTerminal && !options.json) {
      const table = terminal.startTable();
      return repeat(intervalMs, signal, async () => {
        table.update(toScreen(await readSnapshot(queue, name), width, Date.now()));
      });
    }
    const changes = createChangeReader(queue, name);
    return repeat(intervalMs, signal, async () => {
      for (const work of await changes.read()) {
        const now = new Date();
        if (options.json) terminal.jsonLine({ at: now.toISOString(), ...workDocument(work) });
        else terminal.result([timeOfDay(now), ...workRow(work, work.id, now.getTime())].join('  '));
      }
    });
  });
  return 'done';
}

/** Runs the step again and again until the signal. A step that has begun ends first. */
async function repeat(intervalMs: number, signal: AbortSignal, step: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await step();
    await new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, intervalMs);
      signal.addEventListener('abort', end, { once: true });
    });
  }
}
