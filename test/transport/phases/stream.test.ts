/** A submit whose reply arrives as events, over real sockets. */
import { afterAll, describe, expect, it } from 'vitest';
import {
  createTransport,
  type StreamItem,
  type TransportCall,
  type TransportError,
} from '../../../src/transport/index.ts';
import { closeServers, type Hit, head, startServer, until } from '../../faults/hostile-server.ts';

afterAll(closeServers);

type Data = { readonly kind: string; readonly value?: string };

const bytesOf = (value = '') => new TextEncoder().encode(value);
const call: TransportCall = {
  request: { method: 'POST', url: 'stream', body: { kind: 'json', value: {} } },
  locate: ({ body }) => [{ bytes: bytesOf((body as { value: string }).value), metadata: {} }],
  readEvent({ data }): readonly StreamItem[] {
    const { kind, value } = data as Data;
    if (kind === 'partial') return [{ kind, bytes: bytesOf(value), metadata: {} }];
    if (kind === 'result') return [{ kind, result: { bytes: bytesOf(value), metadata: {} } }];
    return kind === 'failed' ? [{ kind, message: value ?? '' }] : [];
  },
};

const begin = (hit: Hit) => hit.write(head(200, { 'content-type': 'text/event-stream' }));
const send = (hit: Hit, kind: string, value = '') => hit.write(`data: ${JSON.stringify({ kind, value })}\n\n`);
const words = (pairs: readonly (readonly [Uint8Array, unknown])[]) =>
  pairs.map(([bytes]) => Buffer.from(bytes).toString());

async function streamFrom(
  script: (hit: Hit, nth: number) => void,
  { partials = [], ...more }: Partial<TransportCall> & { readonly partials?: string[] } = {},
) {
  const server = await startServer(script);
  const transport = createTransport({ baseUrl: server.origin, deadlineMs: 4_000 });
  const note = (bytes: Uint8Array) => void partials.push(Buffer.from(bytes).toString());
  const outcome = await transport.stream({ ...call, ...more }, note).catch((error: unknown) => error as TransportError);
  return { server, outcome };
}

describe('a streamed reply', () => {
  it('reports partial results on the way and returns the final ones', async () => {
    const partials: string[] = [];
    const { outcome } = await streamFrom(
      (hit) => {
        begin(hit);
        send(hit, 'partial', 'half');
        send(hit, 'unheard of');
        send(hit, 'result', 'whole');
        hit.socket.end();
      },
      { partials },
    );

    expect(partials).toEqual(['half']);
    expect(words(outcome as never)).toEqual(['whole']);
  });

  it('may arrive as one JSON reply', async () => {
    const { outcome } = await streamFrom((hit) => hit.reply(200, { value: 'whole' }));

    expect(words(outcome as never)).toEqual(['whole']);
  });

  it.each(['breaks', 'ends'])(
    'a stream that %s before a result leaves the outcome unknown, and is not retried',
    async (how) => {
      const { server, outcome } = await streamFrom((hit) => {
        begin(hit);
        send(hit, 'partial', 'half');
        if (how === 'ends') hit.socket.end();
        else setTimeout(() => hit.reset(), 50);
      });

      expect(outcome).toMatchObject({ fault: 'network', outcome: 'unknown', step: 'submit' });
      expect(server.hits).toHaveLength(1);
    },
  );

  it.each(['breaks', 'fails'])('a stream that %s after a result keeps it, because it is paid for', async (how) => {
    const { outcome } = await streamFrom((hit) => {
      begin(hit);
      send(hit, 'result', 'first');
      if (how === 'fails') send(hit, 'failed', 'out of paint');
      else setTimeout(() => hit.reset(), 50);
    });

    expect(words(outcome as never)).toEqual(['first']);
  });

  it('a streamed reply that fails reports the reason', async () => {
    const { outcome } = await streamFrom((hit) => {
      begin(hit);
      send(hit, 'failed', 'out of paint');
    });

    expect(outcome).toMatchObject({ fault: 'job_failed', isFinal: true });
    expect((outcome as TransportError).message).toContain('out of paint');
  });

  it('a streamed reply that is refused was certainly not charged', async () => {
    const { server, outcome } = await streamFrom((hit) => hit.reply(503, 'no', { 'retry-after': '0' }));

    expect(outcome).toMatchObject({ status: 503, outcome: 'failed', attempts: 4 });
    expect(server.hits).toHaveLength(4);
  });

  it('a streamed reply with an idempotency key is retried, and results of the broken attempt do not count twice', async () => {
    const { server, outcome } = await streamFrom(
      (hit, nth) => {
        begin(hit);
        send(hit, 'partial', 'half');
        if (nth === 1) return void setTimeout(() => hit.reset(), 50);
        send(hit, 'result', 'whole');
        return void hit.socket.end();
      },
      { idempotency: { header: 'idempotency-key', key: 'k-1' } },
    );

    expect(words(outcome as never)).toEqual(['whole']);
    expect(server.hits.map(({ headers }) => headers['idempotency-key'])).toEqual(['k-1', 'k-1']);
  });

  it('ends with the reader’s own error if the reader throws, and closes the connection', async () => {
    const { server, outcome } = await streamFrom(
      (hit) => {
        begin(hit);
        send(hit, 'partial', 'half');
      },
      {
        readEvent() {
          throw new RangeError('not what the vendor documents');
        },
      },
    );

    expect(outcome).toBeInstanceOf(RangeError);
    expect(await until(() => server.hits[0]?.socket.closed === true, 1_000)).toBe(true);
  });

  it('is not disturbed by a listener that throws', async () => {
    const server = await startServer((hit) => {
      begin(hit);
      send(hit, 'partial', 'half');
      send(hit, 'result', 'whole');
      hit.socket.end();
    });
    const pairs = await createTransport({ baseUrl: server.origin }).stream(call, () => {
      throw new Error('of the host’s');
    });

    expect(words(pairs)).toEqual(['whole']);
  });

  it('ends with the caller’s signal, and closes the connection', async () => {
    const server = await startServer((hit) => {
      begin(hit);
      send(hit, 'partial', 'half');
    });
    const controller = new AbortController();
    const transport = createTransport({ baseUrl: server.origin });
    const streaming = transport.stream(call, () => controller.abort(), { signal: controller.signal });

    await expect(streaming).rejects.toMatchObject({ fault: 'aborted', outcome: 'unknown' });
    expect(await until(() => server.hits[0]?.socket.closed === true, 1_000)).toBe(true);
  });
});
