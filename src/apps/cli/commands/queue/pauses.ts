/** `imagen queue pause` and `imagen queue resume`: stop and start the work of a queue or of a provider. */
import { containsKey, quoteName } from '../../../../providers/protocol/input/hide-keys.ts';
import { findProvider } from '../../../../providers/registry.ts';
import type { Pause } from '../../../../queue/index.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../../context.ts';
import type { Exit } from '../../exit-codes.ts';
import { readQueueName } from '../../flags/queue-flags.ts';
import { readDuration } from '../../flags/time-flag.ts';
import { NO_REASON, pauseText } from '../../output/tables/work-rows.ts';
import { withQueue } from '../../queue/with-queue.ts';
import { UsageError } from '../../usage-error.ts';

interface TargetOptions extends GlobalOptions {
  readonly queue?: string;
  readonly provider?: string;
}

interface PauseOptions extends TargetOptions {
  readonly for?: string;
  readonly reason?: string;
}

export function addPauses({ command, action }: CommandSetup): void {
  command
    .command('pause')
    .description('start no further work of a queue or of a provider; running work goes on')
    .option('--queue <name>', 'name of the queue')
    .option('--provider <name>', 'backend or provider that the work names')
    .option('--for <duration>', 'for example 30s, 10m, 2h or 1d (default: until imagen queue resume)')
    .option('--reason <text>', 'shown to everyone who lists the queue')
    .action(action(pause));
  command
    .command('resume')
    .description('end a pause')
    .option('--queue <name>', 'name of the queue')
    .option('--provider <name>', 'backend or provider that the work names')
    .action(action(resume));
}

/** @throws UsageError unless exactly one is named */
function readTarget({ queue, provider }: TargetOptions): Pick<Pause, 'kind' | 'name'> {
  if (queue !== undefined && provider === undefined) return { kind: 'queue', name: readQueueName(queue) };
  if (provider !== undefined && queue === undefined) return { kind: 'provider', name: readProviderName(provider) };
  throw new UsageError(
    queue === undefined ? 'what to pause or resume is missing' : '--queue and --provider cannot be used together',
    'Use either --queue NAME or --provider NAME.',
  );
}

/** @throws UsageError */
function readProviderName(text: string): string {
  if (text.trim() !== '' && !containsKey(text)) return text;
  throw new UsageError(`invalid --provider ${quoteName(text, 64)}`, 'To see the names: imagen backends list');
}

const MAX_REASON_LENGTH = 200;

async function pause(options: PauseOptions, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  const target = readTarget(options);
  const durationMs = options.for === undefined ? undefined : readDuration('--for', options.for);
  const { reason = NO_REASON } = options;
  if (reason.trim() === '' || reason.length > MAX_REASON_LENGTH) {
    throw new UsageError('invalid --reason', `Use 1 to ${MAX_REASON_LENGTH} characters.`);
  }
  const paused: Pause = { ...target, reason, ...(durationMs !== undefined && { untilMs: Date.now() + durationMs }) };
  await withQueue(options, context, async ({ queue, app: { config } }) => {
    await queue.pause(paused);
    if (target.kind === 'queue') return;
    const { name } = target;
    if (Object.hasOwn(config.backends, name) || findProvider(name) === name) {
      terminal.notice(`only work that names it is held, as with imagen enqueue --provider ${name}`);
    } else terminal.notice(`note: there is no backend or provider ${name}. To see them: imagen backends list --all`);
  });
  if (options.json) terminal.document({ paused });
  else terminal.notice(pauseText(paused));
  return 'done';
}

async function resume(options: TargetOptions, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  const target = readTarget(options);
  const wasPaused = await withQueue(options, context, ({ queue }) => queue.resume(target));
  if (!wasPaused) {
    throw new UsageError(`the ${target.kind} ${target.name} is not paused`, 'To see what is paused: imagen queue list');
  }
  if (options.json) terminal.document({ resumed: target });
  else terminal.notice(`the ${target.kind} ${target.name} is resumed`);
  return 'done';
}
