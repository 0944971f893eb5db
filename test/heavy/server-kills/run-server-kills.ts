/** Sends calls with keys to servers that are killed at any moment, and compares their answers with what the vendor counted. */
import { createHash, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { imageOf, openCountingVendor } from '../kill-run/counting-vendor.ts';
import { type PoolSettings, type ServerPool, startServers } from './server-pool.ts';

export interface ServerKillRun extends Pick<PoolSettings, 'kind' | 'folder' | 'databaseUrl' | 'processes'> {
  readonly calls: number;
  /** Calls that clients make at the same time. */
  readonly concurrency: number;
  /** How often each process is killed. */
  readonly killEveryMs: number;
}

/** How a call ended for its client. */
export interface CallEnd {
  readonly prompt: string;
  /** `delivered`: the client has the image. `unknown`: the server says that the vendor may have charged the call, and never sends it again. */
  readonly state: 'delivered' | 'unknown' | 'failed';
  /** What the answer said, for a call that failed. */
  readonly detail?: string;
  /** Requests that the client sent for it. */
  readonly requests: number;
}

export interface ServerKillResult {
  readonly figures: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

const TOKEN = 'a-token-of-the-kill-run-0123456789';
const MIN_DELAY_MS = 500;
const MAX_DELAY_MS = 1_500;
const RETRY_MS = 200;
/** A client gives up after this time, which fails the run. */
const CLIENT_MS = 180_000;

export async function runServerKills(run: ServerKillRun): Promise<ServerKillResult> {
  const { calls, concurrency, processes, killEveryMs } = run;
  await using vendor = await openCountingVendor(() => randomInt(MIN_DELAY_MS, MAX_DELAY_MS));
  const directory = join(run.folder, 'images');
  const pool = await startServers({ ...run, directory, origin: vendor.origin, token: TOKEN });
  const stopKills = new AbortController();
  try {
    await pool.pick();
    const startedAt = performance.now();
    const killing = killServers(pool, killEveryMs / processes, stopKills.signal);
    const prompts = Array.from({ length: calls }, (_, at) => `lighthouse ${at}`);
    const ends = await mapAtOnce(prompts, concurrency, (prompt) => callUntilAnswered(pool, prompt));
    const wallMs = Math.round(performance.now() - startedAt);
    stopKills.abort();
    await killing;
    const billedBefore = sum(vendor.bills.values());
    // Each key finds its call again, also at processes that have never seen it.
    const repeated = await mapAtOnce(prompts, concurrency, (prompt) => callUntilAnswered(pool, prompt));
    const billed = sum(vendor.bills.values());
    await pool.stop();
    const count = (state: CallEnd['state']) => ends.filter((end) => end.state === state).length;
    return {
      figures: {
        ...{ wallMs, processes, calls, kills: pool.kills(), billed },
        ...{ delivered: count('delivered'), unknown: count('unknown'), failed: count('failed') },
        requests: sum(ends.map(({ requests }) => requests)),
      },
      problems: [
        ...compareCalls(ends, repeated, vendor.bills),
        ...(billed === billedBefore ? [] : [`${billed - billedBefore} repeated calls were billed again`]),
        ...pool.problems(),
      ],
    };
  } finally {
    stopKills.abort();
    await pool.stop();
  }
}

/** What the clients got, compared with what the vendor counted. */
export function compareCalls(
  ends: readonly CallEnd[],
  repeated: readonly CallEnd[],
  bills: ReadonlyMap<string, number>,
): readonly string[] {
  const problems = ends.flatMap(({ prompt, state, detail }, index) => {
    const again = repeated[index]?.state;
    // A later request may find more, for example an image that was saved before its process died.
    const isFoundAgain = again === state || (state === 'unknown' && again === 'delivered');
    const billed = bills.get(prompt) ?? 0;
    return [
      ...(state === 'failed' ? [`${prompt} was not answered: ${detail}`] : []),
      ...(billed > 1 ? [`${prompt} was billed ${billed} times and is ${state}`] : []),
      ...(state === 'delivered' && billed !== 1 ? [`${prompt} was delivered and billed ${billed} times`] : []),
      ...(isFoundAgain || state === 'failed' ? [] : [`${prompt} was ${state} and is ${again} by its key`]),
    ];
  });
  const total = sum(bills.values());
  return total > ends.length ? [...problems, `${ends.length} calls were billed ${total} times`] : problems;
}

async function killServers(pool: ServerPool, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await pool.killOne();
  }
}

/** A client that repeats its request with the same key, at any server, until one answers. */
async function callUntilAnswered(pool: ServerPool, prompt: string): Promise<CallEnd> {
  const giveUpAt = performance.now() + CLIENT_MS;
  let detail = 'no answer';
  for (let requests = 1; performance.now() < giveUpAt; requests++) {
    const answer = await send(await pool.pick(), prompt).catch(() => undefined); // the server was killed
    if (answer?.status === 200) {
      const isWhole = sha256(answer.image) === sha256(imageOf(prompt));
      return isWhole
        ? { prompt, state: 'delivered', requests }
        : { prompt, state: 'failed', detail: 'another image', requests };
    }
    if (answer?.code === 'outcome_unknown') return { prompt, state: 'unknown', requests };
    // 503 says: the call runs at another process, or its process has just died.
    if (answer !== undefined && answer.status !== 503) {
      return { prompt, state: 'failed', detail: `${answer.status} ${answer.code} ${answer.message}`, requests };
    }
    if (answer !== undefined) detail = `${answer.status} ${answer.code} ${answer.message}`;
    await pause(RETRY_MS);
  }
  return { prompt, state: 'failed', detail, requests: 0 };
}

interface Answer {
  readonly status: number;
  readonly image: Uint8Array;
  readonly code: string | undefined;
  readonly message: string | undefined;
}

async function send(url: string, prompt: string): Promise<Answer> {
  const response = await fetch(`${url}/v1/images/generations`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      'idempotency-key': `key of ${prompt}`,
    },
    body: JSON.stringify({ model: 'vendor/test-1', prompt }),
  });
  const body = (await response.json()) as {
    readonly data?: readonly { readonly b64_json?: string }[];
    readonly error?: { readonly code?: string; readonly message?: string };
  };
  return {
    status: response.status,
    image: Buffer.from(body.data?.[0]?.b64_json ?? '', 'base64'),
    code: body.error?.code,
    message: body.error?.message,
  };
}

async function mapAtOnce<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (const [index, item] of queue) results[index] = await work(item);
    }),
  );
  return results;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, each) => total + each, 0);
