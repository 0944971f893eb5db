/** `imagen enqueue`: adds work to the queue. Workers generate it later. */
import { randomUUID } from 'node:crypto';
import type { ManagerRequest } from '../../../../index.ts';
import { DEFAULT_QUEUE } from '../../../../queue/queue.ts';
import { readRows } from '../../batch/batch-file.ts';
import type { GenerateRow } from '../../batch/check-rows.ts';
import { toRows } from '../../batch/file-rows.ts';
import { ROW_NOTE } from '../../batch/reconcile-batch.ts';
import {
  addVariationOptions,
  readVariations,
  toVariationRows,
  type VariationOptions,
} from '../../batch/variation-rows.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../../context.ts';
import type { Exit } from '../../exit-codes.ts';
import { addPlanOption } from '../../flags/output-flags.ts';
import { addQueueOptions, type QueueFlags, readQueueFlags, readWorkId } from '../../flags/queue-flags.ts';
import { readPrompt } from '../../flags/read-inputs.ts';
import { addRequestOptions, type RequestOptions, readDeadline, readRequest } from '../../flags/request-flags.ts';
import { openCommandApp } from '../../open-command-app.ts';
import { addWork } from '../../queue/add-work.ts';
import { UsageError } from '../../usage-error.ts';

interface EnqueueFlags extends RequestOptions, VariationOptions, QueueFlags, GlobalOptions {
  readonly file?: string;
  readonly queue?: string;
  readonly id?: string;
  readonly plan?: boolean;
}

export function addEnqueue({ command, action }: CommandSetup): void {
  command
    .argument('[prompt...]', 'what to generate; - reads standard input; optional with --file or --operation')
    .option('--file <path>', 'rows of a file as in imagen batch; running it again adds them again')
    .option('--queue <name>', `name of the queue (default: ${DEFAULT_QUEUE})`)
    .option('--id <id>', '16 to 128 characters; the same id is added once (default: a new id)');
  addPlanOption(addRequestOptions(addVariationOptions(addQueueOptions(command)))).action(action(enqueue));
}

async function enqueue(words: readonly string[], options: EnqueueFlags, context: CommandContext): Promise<Exit> {
  const { terminal } = context;
  const common = readQueueFlags(options.queue, options, readDeadline(options));
  const id = options.id === undefined ? undefined : readWorkId(options.id);
  const rows = await readWork(words, options, context);
  if (id !== undefined && rows.length > 1) {
    throw new UsageError(`--id needs a single request, and there are ${rows.length}`, 'Leave out --id.');
  }
  const isJson = options.json === true;
  await using app = await openCommandApp(options, context);
  const work: object[] = [];
  const idOf = () => id ?? randomUUID();
  const end = await addWork(
    rows,
    {
      ...{ isPlan: options.plan === true, isJson, common, idOf },
      // The same id must have the same request.
      ...(id !== undefined && { session: id }),
      onAdded(added) {
        for (const { row, ...each } of added) {
          work.push({ ...each, ...(rows.length > 1 && { row: row.label }) });
          if (!isJson) terminal.result(each.id);
          if (each.outcome === 'known') terminal.notice(`${each.id} was added before; nothing was changed`);
        }
      },
    },
    app,
    context,
  );
  if (options.plan) return end.exit;
  const { queue = DEFAULT_QUEUE, runAt } = common;
  if (isJson) terminal.document({ queue, work });
  if (runAt !== undefined && runAt.getTime() <= Date.now()) {
    terminal.notice('the time of --run-at has passed, so a worker can start it now');
  }
  if (end.price !== undefined) terminal.notice(`${end.price}, charged when a worker generates it`);
  return end.exit;
}

/** Reads the requests from the prompt, its variations, or a file. @throws UsageError */
async function readWork(
  words: readonly string[],
  options: EnqueueFlags,
  context: CommandContext,
): Promise<readonly GenerateRow[]> {
  const variations = await readVariations(options, context);
  if (options.file !== undefined) {
    if (variations !== undefined) {
      throw new UsageError('--file and --variation cannot be used together', 'Put a variation column into the file.');
    }
    const prompt = words.length === 0 ? {} : { prompt: await readPrompt(words, context) };
    const { file } = options;
    return toRows(await readRows(file, context.cwd), { ...options, ...prompt }, context).map((row) => {
      if (row.out === undefined) return { ...row, load: async () => withoutNote(await row.load()) };
      throw new UsageError(
        `${file}, ${row.label}: the column out cannot be used in a queue`,
        'Remove it. The images will be in the store: imagen history search',
      );
    });
  }
  const isPromptOptional = options.operation !== undefined && words.length === 0;
  const prompt = isPromptOptional ? undefined : await readPrompt(words, context);
  const request = await readRequest(prompt, options, context);
  return (
    toVariationRows(request, variations) ?? [
      { label: 'the request', provider: request.provider, fingerprint: '', load: async () => request },
    ]
  );
}

/** The note would tell a batch of the same file that its row is done. */
function withoutNote({ metadata, ...request }: ManagerRequest): ManagerRequest {
  const others = Object.entries(metadata ?? {}).filter(([name]) => name !== ROW_NOTE);
  return (others.length === 0 ? request : { ...request, metadata: Object.fromEntries(others) }) as ManagerRequest;
}
