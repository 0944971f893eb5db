/**
 * Promises 1 and 2 as one property: whatever a server does at whatever byte, no call is charged twice, every doubtful outcome is reported
 * as unknown, and no complete reply is lost. Each call is generated from a seed, which every failure message names.
 */
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  createTransport,
  type TransportCall,
  TransportError,
  type TransportSettings,
} from '../../src/transport/index.ts';
import { head, startServer } from './hostile-server.ts';

const AT_ONCE = 100;
const seed = Number(process.env.FAULT_SEED ?? 20_261_121);

/** Mulberry32: small, and the same everywhere. */
function createRandom(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const ENDINGS = ['answer', 'answer', 'reset', 'stall', 'cut', '500', '502', '503', '429', '503 later', '400'] as const;

/** What the server does to one attempt. */
interface Course {
  readonly ending: (typeof ENDINGS)[number];
  /** Fraction of the request that is read before the server acts; 1 is all of it. */
  readonly read: number;
  /** Fraction of the reply that is sent before a reset, stall or cut. */
  readonly sent: number;
}

/** Replies that mean that no work was started. An honest server sends them before it starts any. */
const REFUSALS: readonly string[] = ['503', '429', '503 later', '400'];
/** Longer than a reply takes here, shorter than a stall. */
const ATTEMPT_MS = 800;

/** A server that acts differently at every attempt, and counts charges by the name of the call or by its idempotency key. */
async function startVendor(honoursKeys: boolean) {
  const random = createRandom(seed);
  const bills = new Map<string, number>();
  const attempts = new Map<string, number>();
  const wholeAnswers = new Set<string>();
  const paidKeys = new Set<string>();

  function draw(): Course {
    const ending = ENDINGS[Math.floor(random() * ENDINGS.length)]!;
    const isEarly = ['reset', 'stall', 'cut'].includes(ending) && random() < 0.4;
    return { ending, read: isEarly ? random() * 0.99 : 1, sent: random() < 0.3 ? 0 : random() * 0.99 };
  }

  function serve(socket: Socket): void {
    let course = draw();
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += chunk;
      const bodyAt = text.indexOf('\r\n\r\n') + 4;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
      const whole = bodyAt + length;
      // The length is unknown before the headers are complete; until then, the fraction applies to the headers.
      if (course.read < 1 && text.length >= course.read * (Number.isNaN(whole) ? 400 : whole))
        return end(socket, course, '');
      if (bodyAt < 4 || !(text.length >= whole)) return undefined;
      const name = JSON.parse(text.slice(bodyAt, whole)).name as string;
      const key = /^idempotency-key: (.*)$/im.exec(text)?.[1]?.trim();
      text = '';
      const now = course;
      course = draw();
      attempts.set(name, (attempts.get(name) ?? 0) + 1);
      if (REFUSALS.includes(now.ending)) return refuse(socket, now.ending);
      const isPaid = honoursKeys && key !== undefined && paidKeys.has(key);
      if (!isPaid) bills.set(name, (bills.get(name) ?? 0) + 1);
      if (key !== undefined) paidKeys.add(key);
      if (now.ending === '500' || now.ending === '502') return answer(socket, Number(now.ending), 'broken');
      const body = JSON.stringify({ name, filling: 'x'.repeat(200) });
      const reply = `${head(200, { 'content-type': 'application/json', 'content-length': String(body.length) })}${body}`;
      if (now.ending === 'answer') {
        wholeAnswers.add(name);
        return socket.write(reply);
      }
      return end(socket, now, reply);
    });
  }

  const server = await startServer(() => undefined, { onSocket: serve });
  return { server, bills, attempts, wholeAnswers };
}

function answer(socket: Socket, status: number, message: string, headers: Record<string, string> = {}): void {
  socket.write(`${head(status, { 'content-length': String(message.length), ...headers })}${message}`);
}

function refuse(socket: Socket, ending: string): void {
  if (ending === '503 later') answer(socket, 503, 'later', { 'retry-after': '0' });
  else answer(socket, Number(ending), 'no');
}

function end(socket: Socket, { ending, sent }: Course, reply: string): void {
  socket.removeAllListeners('data').resume();
  socket.write(reply.slice(0, Math.floor(reply.length * sent)));
  if (ending === 'reset') setImmediate(() => socket.resetAndDestroy());
  if (ending === 'cut') socket.end();
}

interface Ending {
  readonly name: string;
  readonly result: unknown;
  /** An attempt timed out. On a busy machine that happens to complete replies too; then the unknown outcome is correct. */
  readonly isLate: boolean;
}

async function callMany(count: number, settings: TransportSettings, extra: (name: string) => Partial<TransportCall>) {
  const late = new Set<string>();
  const hooks: TransportSettings['hooks'] = {
    onRetry: ({ fault, labels: { name } }) => fault === 'timeout' && typeof name === 'string' && late.add(name),
  };
  const transport = createTransport({ attemptTimeoutMs: ATTEMPT_MS, deadlineMs: 20_000, hooks, ...settings });
  const endings: Ending[] = [];
  const names = Array.from({ length: count }, (_, index) => `call-${index}`);
  const work = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const call: TransportCall = {
        request: { method: 'POST', url: 'images', body: { kind: 'json', value: { name, filling: 'y'.repeat(300) } } },
        locate: ({ body }) => [{ bytes: new Uint8Array(1), metadata: { name: (body as { name: string }).name } }],
        labels: { name },
        ...extra(name),
      };
      const result = await transport.generateImageBytes(call).catch((error: unknown) => error);
      const isLate = late.has(name) || (result instanceof TransportError && result.fault === 'timeout');
      endings.push({ name, result, isLate });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return endings;
}

const isSuccess = ({ name, result }: Ending) =>
  Array.isArray(result) && (result as [Uint8Array, { name: string }][])[0]?.[1].name === name;
const isDoubt = ({ result }: Ending) => result instanceof TransportError && result.outcome === 'unknown';
const isCertain = ({ result }: Ending) => result instanceof TransportError && result.outcome === 'failed';

/** Describes what went wrong, if anything did. */
const describeAll = (endings: readonly Ending[]) => endings.map(({ name, result }) => `${name}: ${String(result)}`);

/** Short delays, because other tests check the delays. */
const clock = { now: () => performance.now(), wallNow: () => Date.now(), random: () => 0 };
const quick = { clock, limits: { maxConcurrent: AT_ONCE, retryQuota: 1e6 } };

/**
 * Defines the two properties. Close the servers afterwards.
 * @param calls how many calls each of them makes
 */
export function describeChargeSafety(calls: number): void {
  describe(`${calls} submits against a server that fails at every byte (FAULT_SEED=${seed})`, () => {
    it('U01 U02: none is charged twice, every doubtful outcome is reported, and every complete reply arrives', {
      timeout: 120_000,
    }, async () => {
      const { server, bills, attempts, wholeAnswers } = await startVendor(false);

      const endings = await callMany(calls, { baseUrl: server.origin, ...quick }, () => ({}));

      const billedTwice = endings.filter(({ name }) => (bills.get(name) ?? 0) > 1);
      const billedButCertain = endings.filter((ending) => isCertain(ending) && bills.has(ending.name));
      const lost = endings.filter((ending) => wholeAnswers.has(ending.name) !== isSuccess(ending) && !ending.isLate);
      const strange = endings.filter((ending) => !isSuccess(ending) && !isDoubt(ending) && !isCertain(ending));
      expect(describeAll(billedTwice)).toEqual([]);
      expect(describeAll(billedButCertain)).toEqual([]);
      expect(describeAll(lost)).toEqual([]);
      expect(describeAll(strange)).toEqual([]);
      expect(endings).toHaveLength(calls);
      // The run had every kind of outcome, and repeated refusals.
      expect(wholeAnswers.size).toBeGreaterThan(calls / 20);
      expect(endings.some(isSuccess)).toBe(true);
      expect(endings.filter(isDoubt).length).toBeGreaterThan(calls / 20);
      expect(endings.filter(isCertain).length).toBeGreaterThan(calls / 100);
      expect(Math.max(...attempts.values())).toBeGreaterThan(1);
    });

    it('U01: with an idempotency key that the server honours, doubtful submits are retried and each key is charged once', {
      timeout: 120_000,
    }, async () => {
      const { server, bills, attempts, wholeAnswers } = await startVendor(true);

      const endings = await callMany(calls, { baseUrl: server.origin, ...quick }, (name) => ({
        idempotency: { header: 'idempotency-key', key: `key-of-${name}` },
      }));

      const billedTwice = endings.filter(({ name }) => (bills.get(name) ?? 0) > 1);
      const billedButCertain = endings.filter((ending) => isCertain(ending) && bills.has(ending.name));
      const lost = endings.filter((ending) => wholeAnswers.has(ending.name) !== isSuccess(ending) && !ending.isLate);
      expect(describeAll(billedTwice)).toEqual([]);
      expect(describeAll(billedButCertain)).toEqual([]);
      expect(describeAll(lost)).toEqual([]);
      const again = endings.filter(({ name }) => bills.has(name) && (attempts.get(name) ?? 0) > 1);
      expect(again.length).toBeGreaterThan(calls / 10);
    });
  });
}
