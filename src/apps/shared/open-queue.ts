/** Opens the queue of an app's store, and finds work in it. */
import { createQueue, type Queue, type QueuedWork } from '../../queue/index.ts';
import { AppError } from './app-error.ts';
import type { AppContext } from './open-app.ts';

/** Close it before the app. */
export interface OpenedQueue extends AsyncDisposable {
  readonly queue: Queue;
}

/** @throws AppError: there is no store */
export function openQueue({ requireStore, onNotice }: Pick<AppContext, 'requireStore' | 'onNotice'>): OpenedQueue {
  const queue = createQueue({ store: requireStore() });
  return {
    queue,
    // Every change is in the database already.
    [Symbol.asyncDispose]: () =>
      queue.close().catch((error: Error) => onNotice(`the queue was not closed properly: ${error.message}`)),
  };
}

/** A shorter prefix would soon match several pieces of work. */
const MIN_ID_LENGTH = 4;
/** How many candidates an ambiguous prefix lists. */
const MAX_LISTED = 5;

/** @param prefix an id, or its first characters @throws AppError when no work or several pieces of work match */
export async function findWork(queue: Queue, prefix: string): Promise<QueuedWork> {
  const exact = await queue.find(prefix);
  if (exact !== undefined) return exact;
  const shown = JSON.stringify(prefix.slice(0, 64));
  if (prefix.length < MIN_ID_LENGTH) {
    const hint = `Give at least ${MIN_ID_LENGTH} characters of the id.`;
    throw new AppError('work_id_too_short', `the id ${shown} is too short`, { hint });
  }
  const found = await queue.list({ id: prefix, limit: MAX_LISTED + 1 });
  const [only, another] = found;
  if (only === undefined) {
    throw new AppError('work_not_found', `no work with the id ${shown} is in the queue`, {
      hint: 'List the work of the queue. Work that ended is removed after 30 days.',
    });
  }
  if (another === undefined) return only;
  const more = found.length > MAX_LISTED ? ', …' : '';
  const ids = found.slice(0, MAX_LISTED).map(({ id }) => id);
  throw new AppError('id_ambiguous', `several pieces of work have an id that begins with ${shown}`, {
    hint: `Give more characters: ${ids.join(', ')}${more}`,
  });
}
