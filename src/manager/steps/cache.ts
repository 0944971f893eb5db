/** Step 6: the same request is drawn once, while it is under way and, where it can be repeated, within its session. */
import {
  AiImageError,
  type EditRequest,
  type ImageGeneration,
  type ImageRequest,
  type JobHandle,
} from '../../providers/protocol/index.ts';
import type { ResultCache, StoredGeneration } from '../../store/interfaces.ts';

/** What a request means, whoever asks: SHA-256 in hex over everything that changes the picture. */
export async function keyOf(
  request: ImageRequest | EditRequest,
  call: { readonly provider: string; readonly model: string; readonly tenant: string; readonly links: boolean },
): Promise<string> {
  const { metadata: _, onUnsupported: __, ...fields } = request;
  const bytes: Uint8Array[] = [];
  const text = JSON.stringify(canonical({ ...fields, ...call }, bytes));
  const hashes = await Promise.all(bytes.map(sha256));
  return sha256(new TextEncoder().encode([text, ...hashes].join(' ')));
}

/** Names in order; what is `undefined` is not there. @param bytes collects those that stand in it, whose place keeps a number */
function canonical(value: unknown, bytes: Uint8Array[]): unknown {
  if (value instanceof Uint8Array) return { bytes: bytes.push(value) };
  if (Array.isArray(value)) return value.map((each) => canonical(each, bytes));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return entries.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, each]) => [name, canonical(each, bytes)]);
}

/** In hex. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // A copy that no one else can change while it is read.
  const hash = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The same again gives the same picture. */
export const isRepeatable = ({ seed }: ImageRequest | EditRequest): boolean => seed !== undefined;

/** What a caller who gave up waits for at most: the provider's own words, with the job in them. An abort settles within 250 ms. */
const LAST_WORDS_MS = 150;

/** What closing waits for at most once every caller has gone. */
const IDLE_MS = 5_000;

interface Flight<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
  /** The job that was begun, once there is one. */
  job?: JobHandle | undefined;
  /** The image has come and is being saved: callers wait for the end of that, also after an abort. */
  hasCome: boolean;
}

/** What a call tells of itself on the way. */
interface Told {
  /** It was begun at the vendor. */
  readonly job: (job: JobHandle) => void;
  /** The image has come; what is left is to save it. */
  readonly image: () => void;
}

export type Start<T> = (signal: AbortSignal, told: Told) => Promise<T>;

/** Calls under way, by what they mean. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();
  /** Also those that every caller has left: they may be saving what came. */
  readonly #open = new Set<Promise<unknown>>();

  /** Waits until nothing is under way, for a while. */
  async idle(): Promise<void> {
    await atMost(Promise.allSettled(this.#open), IDLE_MS);
  }

  /**
   * @param start begins the call, with a signal that fires when all who wait for it have gone
   * @returns what the call brings, and whether somebody else had begun it
   * @throws AiImageError `aborted` with the job, when the signal fires; else what the call throws
   */
  async join(
    key: string,
    start: Start<T>,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly value: T; readonly isShared: boolean }> {
    const known = this.#flights.get(key);
    const flight = known ?? this.#begin(key, start);
    flight.waiting++;
    try {
      return { value: await untilAborted(flight.result, signal), isShared: known !== undefined };
    } catch (error) {
      if (error !== GAVE_UP) throw error;
      // An image that is paid for and has come is not thrown away because it is still being saved.
      if (flight.hasCome) return { value: await flight.result, isShared: known !== undefined };
      const isLast = flight.waiting === 1;
      if (isLast) this.#end(key, flight, signal?.reason);
      const value = isLast ? await atMost(flight.result, LAST_WORDS_MS) : undefined;
      if (value !== undefined) return { value, isShared: known !== undefined };
      throw gaveUp(flight.job, signal?.reason);
    } finally {
      flight.waiting--;
      // The vendor is told, and the next caller begins anew.
      if (flight.waiting === 0) this.#end(key, flight, undefined);
    }
  }

  #begin(key: string, start: Start<T>): Flight<T> {
    const stop = new AbortController();
    const told: Told = {
      job(job) {
        flight.job = job;
      },
      image() {
        flight.hasCome = true;
      },
    };
    const begun = Promise.resolve().then(() => start(stop.signal, told));
    const flight: Flight<T> = { result: begun, stop, waiting: 0, hasCome: false };
    this.#open.add(begun);
    const land = () => {
      this.#open.delete(begun);
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    flight.result.then(land, land);
    this.#flights.set(key, flight);
    return flight;
  }

  #end(key: string, flight: Flight<T>, reason: unknown): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
    flight.stop.abort(reason);
  }
}

const GAVE_UP = Symbol('gave up');

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(GAVE_UP);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** @returns undefined when it takes longer @throws whatever the work throws */
async function atMost<T>(work: Promise<T>, limitMs: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, limitMs, undefined);
  });
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

function gaveUp(job: JobHandle | undefined, cause: unknown): AiImageError {
  const hint =
    job === undefined
      ? 'A job under way is in images.jobs().'
      : 'resume(error.job) fetches its images without paying again.';
  return new AiImageError('aborted', 'aborted while the call was under way', {
    job,
    cause,
    hint,
    provider: job?.provider,
    model: job?.model,
  });
}

/** C12: one idempotency key means one request. Of the last ones it is remembered which. */
export interface IdempotencyKeys {
  /** @throws AiImageError `invalid_request` */
  readonly check: (idempotencyKey: string | undefined, meaning: string) => void;
}

const MOST_KEYS = 10_000;

export function createIdempotencyKeys(): IdempotencyKeys {
  const meanings = new Map<string, string>();
  return {
    check(idempotencyKey, meaning) {
      if (idempotencyKey === undefined) return;
      const known = meanings.get(idempotencyKey);
      if (known !== undefined && known !== meaning) {
        throw new AiImageError('invalid_request', 'this idempotency key was used for another request', {
          charged: 'no',
          hint: 'Use a fresh key of 128 random bits for each request.',
        });
      }
      meanings.set(idempotencyKey, meaning);
      const oldest = meanings.keys().next();
      if (meanings.size > MOST_KEYS && !oldest.done) meanings.delete(oldest.value);
    },
  };
}

/** Whole results only: not what was refused, and nothing of which a part is missing. */
export const isWhole = ({ failures }: ImageGeneration): boolean => failures.length === 0;

/** Finished results of one session (contract S3), the oldest forgotten first. What was handed out stays what it was. */
export function createResultCache(most = 32): ResultCache {
  const kept = new Map<string, StoredGeneration>();
  return {
    get: async (key) => kept.get(key),
    async put(key, generation) {
      kept.delete(key);
      kept.set(key, generation);
      const oldest = kept.keys().next();
      if (kept.size > most && !oldest.done) kept.delete(oldest.value);
    },
  };
}
