/** Creates the worker of a queue. */
import type { ImageManager, ManagerRequest } from '../../manager/index.ts';
import { AiImageError } from '../../providers/protocol/errors.ts';
import { type FieldKinds, findFieldFault } from '../../providers/protocol/input/check-fields.ts';
import { READABLE_VERSIONS } from '../payload.ts';
import type { Queue } from '../queue.ts';
import { engineOf, readRequest, storeOf } from '../queue-parts.ts';
import type { Worker, WorkerSettings } from '../worker.ts';
import { createWorkerLoop } from './create-worker-loop.ts';

const SETTINGS: FieldKinds<WorkerSettings> = {
  queue: ['enqueue'],
  manager: ['generate', 'findCall', 'resume'],
  concurrency: 'number',
  queues: 'texts',
  leaseMs: 'number',
  maxFailures: 'number',
  keepEndedMs: 'number',
  name: 'text',
  onEvent: 'function',
  onUnstored: 'function',
};

/** The smallest value of each setting that is a whole number, and an example. */
const NUMBERS = {
  concurrency: [1, 4],
  leaseMs: [1_000, 60_000],
  maxFailures: [1, 3],
  keepEndedMs: [0, 2_592_000_000],
} as const;

/**
 * Creates a worker: it takes work from a queue, generates its images with a manager, and stores them. Several workers, also of several
 * processes, can share a queue. **Costs money** once it runs. A call that may have been charged is never sent again.
 * @throws AiImageError `not_configured`: a setting is wrong, `createQueue` did not return the queue, or the manager has another store
 * @example
 * const worker = createWorker({ queue, manager: createImageManager({ providers, store }) });
 * process.once('SIGTERM', () => worker.stop());
 * await worker.run();
 */
export function createWorker(settings: WorkerSettings): Worker {
  checkSettings(settings);
  const { queue, manager } = settings;
  refuseOtherStore(queue, manager);
  return createWorkerLoop(settings, {
    engine: engineOf(queue),
    versions: READABLE_VERSIONS,
    async readRequest(claim) {
      const { request, session, deadlineMs } = await readRequest(queue, claim);
      return {
        // The fields of a request were checked when it was enqueued.
        request: { ...request, ...(session !== undefined && { session: manager.session(session) }) } as ManagerRequest,
        ...(deadlineMs !== undefined && { deadlineMs }),
      };
    },
  });
}

function checkSettings(settings: WorkerSettings): void {
  const hints = {
    queue: 'Pass what createQueue returned: createWorker({ queue, manager }).',
    manager: 'Pass a manager with the store of the queue: createWorker({ queue, manager }).',
  };
  const fault = findFieldFault(settings, SETTINGS, { whole: 'the settings', field: 'setting', path: '', hints });
  if (fault !== undefined) throw invalidSettingError(fault.what, fault.hint);
  for (const name of ['queue', 'manager'] as const)
    if (settings[name] === undefined) throw invalidSettingError(`${name} is missing`, hints[name]);
  for (const [name, [minimum, example]] of Object.entries(NUMBERS)) {
    const value = settings[name as keyof typeof NUMBERS];
    if (value === undefined || (Number.isSafeInteger(value) && value >= minimum)) continue;
    const hint = `Pass for example ${name}: ${example}.`;
    throw invalidSettingError(`${name} must be a whole number of at least ${minimum}`, hint);
  }
}

/** Without the store of the queue, images would be paid for and not be stored, or not be found when the work is delivered again. */
function refuseOtherStore(queue: Queue, manager: ImageManager): void {
  // A manager that the host made itself may not say which store it has.
  if (!('store' in manager) || manager.store === storeOf(queue)) return;
  const message =
    manager.store === undefined ? 'the manager has no store' : 'the manager has another store than the queue';
  throw invalidSettingError(
    message,
    'Pass one store to both: createQueue({ store }), createImageManager({ providers, store }).',
  );
}

const invalidSettingError = (message: string, hint: string | undefined) =>
  new AiImageError('not_configured', `createWorker: ${message}`, { charged: 'no', hint });
