/** Opens the queue of a store for a command that generates nothing. */
import type { Queue } from '../../../queue/index.ts';
import type { Store } from '../../../store/index.ts';
import { requireExistingStore } from '../../shared/find-artifact.ts';
import type { AppContext } from '../../shared/open-app.ts';
import { openQueue } from '../../shared/open-queue.ts';
import type { CommandContext, GlobalOptions } from '../context.ts';
import { openCommandApp } from '../open-command-app.ts';

export interface QueueCommandParts {
  readonly queue: Queue;
  readonly store: Store;
  readonly app: AppContext;
}

/** @throws AppError: there is no store */
export async function withQueue<T>(
  options: GlobalOptions,
  context: CommandContext,
  work: (parts: QueueCommandParts) => Promise<T>,
): Promise<T> {
  await using app = await openCommandApp(options, context, { checkKeys: false });
  const store = requireExistingStore(app);
  await using opened = openQueue(app);
  return await work({ queue: opened.queue, store, app });
}
