/** Creates the queue of a store. The engine depends on where the store's ledger is: in a file, or in PostgreSQL. */

import { isDeepStrictEqual } from 'node:util';
import { AiImageError } from '../providers/protocol/errors.ts';
import { type FieldKinds, findFieldFault, isFieldObject } from '../providers/protocol/input/check-fields.ts';
import { describeKind } from '../providers/protocol/input/hide-keys.ts';
import { withoutUndefined } from '../providers/protocol/input/without-undefined.ts';
import { USED_BY_ANOTHER } from '../providers/protocol/shared/call-ids.ts';
import type { Store } from '../store/index.ts';
import { type LedgerAccess, ledgerAccessOf } from '../store/ledger-access.ts';
import { checkPause, checkPauseTarget, checkQueueQuery, requireId } from './check-arguments.ts';
import { type CheckedOptions, checkEnqueueOptions, checkQueueRequest } from './check-enqueue.ts';
import {
  PAYLOAD_VERSION,
  READABLE_VERSIONS,
  readPayload,
  type WorkPayload,
  withoutPrompts,
  writePayload,
} from './payload.ts';
import type { Enqueued, EnqueueOptions, Queue, QueuedWork, QueueRequest, StoredInput, StoredRequest } from './queue.ts';
import type { NewWork, QueueEngine, StoredWork } from './queue-engine.ts';
import { rememberQueue } from './queue-parts.ts';
import { type GivenInput, readGivenInput, storeInput } from './stored-inputs.ts';

export interface QueueSettings {
  /** The store that `createStore` returned. The work is in its ledger: in its directory, or in its `database`. */
  readonly store: Store;
}

const SETTINGS: FieldKinds<QueueSettings> = { store: 'any' };

const noWorkError = (given: unknown, what = 'an object with a request') =>
  new AiImageError('invalid_request', `enqueueAll: the work must be ${what}, not ${describeKind(given)}`, {
    charged: 'no',
    hint: "Pass for example [{ request: { prompt: 'a red fox' } }].",
  });

/** A request that was checked and copied, with the bytes of its inputs. Nothing is written yet. */
interface GivenWork extends CheckedOptions {
  /** Without its input images. */
  readonly request: StoredRequest;
  readonly inputImages: readonly GivenInput[] | undefined;
  readonly mask: GivenInput | undefined;
}

/**
 * Creates a queue. Opens no file and no connection before the first call.
 * @throws AiImageError `not_configured`: `createStore` did not return the store
 * @example
 * const queue = createQueue({ store });
 * const { id } = await queue.enqueue({ prompt: 'a red fox', provider: 'openai' });
 */
export function createQueue(settings: QueueSettings): Queue {
  const fault = findFieldFault(settings, SETTINGS, { whole: 'the settings', field: 'setting', path: '' });
  if (fault !== undefined) {
    throw new AiImageError('not_configured', `createQueue: ${fault.what}`, { hint: fault.hint, charged: 'no' });
  }
  const { store } = settings;
  const access = ledgerAccessOf(store, 'createQueue');
  const loadEngine = async (): Promise<QueueEngine> => {
    if (access.kind === 'postgres') {
      const { createPgBossEngine } = await import('./pg-boss/create-pg-boss-engine.ts');
      return createPgBossEngine(access);
    }
    const { createEmbeddedEngine } = await import('./embedded/create-embedded-engine.ts');
    return createEmbeddedEngine(access);
  };
  let loading: Promise<QueueEngine> | undefined;
  const engine = (): Promise<QueueEngine> => {
    loading ??= loadEngine().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };

  async function enqueueAll(
    given: readonly { readonly request: QueueRequest; readonly options?: EnqueueOptions }[],
  ): Promise<readonly Enqueued[]> {
    if (!Array.isArray(given)) {
      throw noWorkError(given, 'a list');
    }
    const wrong: unknown = given.find((each) => !isFieldObject(each));
    if (wrong !== undefined || given.includes(undefined as never)) throw noWorkError(wrong);
    const all = given.map(({ request, options = {} }) => readWork(request, options));
    refuseChangedRepeats(all);
    const { add, find } = await engine();
    const known = await Promise.all(all.map(async (work) => refuseOther(work, await find(work.id))));
    // Before anything is written. The bytes of inputs are not in the payload.
    for (const work of all) writePayload(toPayload(work, onlyHash));
    const added: NewWork[] = [];
    for (const [index, work] of all.entries()) {
      if (!known[index]) added.push(await toNewWork(work, store, access));
    }
    const outcomes = new Map(added.map(({ id }) => [id, 'known' as Enqueued['outcome']]));
    for (const [index, outcome] of (await add(added)).entries()) {
      const { id = '' } = added[index] ?? {};
      if (outcome === 'added') outcomes.set(id, outcome);
    }
    // Another process may have added the same id in the meantime.
    for (const work of all) if (outcomes.get(work.id) === 'known') refuseOther(work, await find(work.id));
    const seen = new Set<string>();
    return all.map(({ id }) => {
      const isFirst = !seen.has(id);
      seen.add(id);
      return { id, outcome: isFirst ? (outcomes.get(id) ?? 'known') : 'known' };
    });
  }

  const queue: Queue = {
    async enqueue(request, options) {
      const [enqueued] = await enqueueAll([{ request, ...(options !== undefined && { options }) }]);
      return enqueued!; // one for each request
    },
    enqueueAll,
    async cancel(id) {
      requireId('cancel', id);
      return (await engine()).cancel(id);
    },
    async retry(id) {
      requireId('retry', id);
      return (await engine()).retry(id);
    },
    async find(id) {
      requireId('find', id);
      const work = await (await engine()).find(id);
      return work && toQueuedWork(work);
    },
    async list(query = {}) {
      checkQueueQuery(query);
      const { after, ...rest } = query;
      const last = after && { createdAtMs: after.createdAt.getTime(), id: after.id };
      return (await (await engine()).list({ ...rest, ...(last && { after: last }) })).map(toQueuedWork);
    },
    counts: async () => (await engine()).counts(READABLE_VERSIONS),
    async pause(pause) {
      checkPause(pause);
      await (await engine()).pause(pause);
    },
    async resume(target) {
      checkPauseTarget('resume', target);
      return (await engine()).resume(target);
    },
    pauses: async () => (await engine()).pauses(),
    async close() {
      const open = await loading?.catch(() => undefined);
      loading = undefined;
      await open?.close();
    },
  };
  rememberQueue(queue, { store, engine });
  return queue;
}

function readWork(request: QueueRequest, options: EnqueueOptions): GivenWork {
  const checked = checkEnqueueOptions(options);
  checkQueueRequest(request);
  const { inputImages, mask, ...fields } = withoutUndefined(request);
  return {
    ...checked,
    // Copied, so that the caller cannot change it afterwards, and in the form in which it is stored and compared.
    request: JSON.parse(JSON.stringify(fields)) as StoredRequest,
    inputImages: inputImages?.map(readGivenInput),
    mask: mask === undefined ? undefined : readGivenInput(mask),
  };
}

async function toNewWork(
  work: GivenWork,
  store: Store,
  { now, prompts }: Pick<LedgerAccess, 'now' | 'prompts'>,
): Promise<NewWork> {
  const { id, queue, priority, runAtMs = now(), request } = work;
  const stored = new Map<GivenInput, string | StoredInput>();
  for (const input of inputsOf(work)) stored.set(input, await storeInput(store, input));
  const payload = toPayload(work, (input) => stored.get(input) as StoredInput); // stored above
  return {
    id,
    queue,
    ...(request.provider !== undefined && { provider: request.provider }),
    payload: writePayload(payload),
    // A worker needs the prompts, and `retry` too. Done work never runs again.
    ...(prompts === 'hash' && {
      donePayload: JSON.stringify({ ...payload, request: withoutPrompts(payload.request) }),
    }),
    version: PAYLOAD_VERSION,
    priority,
    runAtMs,
  };
}

const inputsOf = ({ inputImages = [], mask }: GivenWork): readonly GivenInput[] => [
  ...inputImages,
  ...(mask === undefined ? [] : [mask]),
];

function toPayload(
  { request, inputImages, mask, deadlineMs }: GivenWork,
  toStored: (input: Extract<GivenInput, { kind: 'bytes' }>) => StoredInput,
): WorkPayload {
  const toInput = (input: GivenInput) => (input.kind === 'link' ? input.link : toStored(input));
  return {
    version: PAYLOAD_VERSION,
    request: {
      ...request,
      ...(inputImages !== undefined && { inputImages: inputImages.map(toInput) }),
      ...(mask !== undefined && { mask: toInput(mask) }),
    },
    ...(deadlineMs !== undefined && { deadlineMs }),
  };
}

/** Compares inputs by their hash. @returns whether the same work is in the queue @throws AiImageError `invalid_request` */
function refuseOther(work: GivenWork, stored: StoredWork | undefined): boolean {
  if (stored === undefined) return false;
  const known = readPayload(stored.payload, stored.version)?.request;
  const given = toPayload(work, onlyHash).request;
  // Done work may have only the hashes of its prompts.
  const isSame = [given, withoutPrompts(given)].some(
    (each) => known !== undefined && isDeepStrictEqual(comparable(known), comparable(each)),
  );
  if (isSame) return true;
  throw otherRequestError(work.id);
}

/** Stands for an input that is not stored yet. Its id has 32 characters. */
const onlyHash = ({ sha256 }: { readonly sha256: string }): StoredInput => ({ artifact: sha256.slice(0, 32), sha256 });

function comparable({ inputImages, mask, ...request }: StoredRequest): unknown {
  const toHash = (input: string | StoredInput) => (typeof input === 'string' ? input : input.sha256);
  return { ...request, inputImages: inputImages?.map(toHash), mask: mask === undefined ? undefined : toHash(mask) };
}

function refuseChangedRepeats(all: readonly GivenWork[]): void {
  const first = new Map<string, GivenWork>();
  for (const work of all) {
    const other = first.get(work.id);
    if (other === undefined) first.set(work.id, work);
    else if (
      !isDeepStrictEqual(comparable(toPayload(work, onlyHash).request), comparable(toPayload(other, onlyHash).request))
    )
      throw otherRequestError(work.id);
  }
}

const otherRequestError = (id: string) =>
  new AiImageError('invalid_request', `enqueue: the id ${id} ${USED_BY_ANOTHER}`, {
    charged: 'no',
    hint: 'Use a new random id for each request, for example crypto.randomUUID().',
  });

function toQueuedWork(work: StoredWork): QueuedWork {
  const {
    payload,
    version,
    runAtMs,
    createdAtMs,
    leaseUntilMs,
    endedAtMs,
    failures: _,
    expirations: __,
    ...same
  } = work;
  const request = readPayload(payload, version)?.request;
  return {
    ...same,
    createdAt: new Date(createdAtMs),
    runAt: new Date(runAtMs),
    ...(leaseUntilMs !== undefined && { leaseUntil: new Date(leaseUntilMs) }),
    ...(endedAtMs !== undefined && { endedAt: new Date(endedAtMs) }),
    ...(request && { request }),
  };
}
