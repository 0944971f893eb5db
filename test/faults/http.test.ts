/** HTTP and network faults during a paid call through a complete provider. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStopwatch } from '../support/stopwatch.ts';
import { closeServers, freePort, head, startServer, until } from './hostile-server.ts';
import { duration, failure, gaps, loadAdapters, openai, openaiReply, PROMPT, png } from './support.ts';

beforeAll(loadAdapters);
afterAll(closeServers);

const request = { prompt: PROMPT };

describe.concurrent('a reply', () => {
  it('H01: a reply is requested once and arrives complete', async () => {
    const image = png(64);
    const server = await startServer((hit) => {
      hit.bill();
      hit.reply(200, openaiReply(image));
    });

    const { images } = await openai(server).generate(request);

    expect(Buffer.compare(images[0].imageBytes, image)).toBe(0);
    expect([server.hits.length, server.bills()]).toEqual([1, 1]);
  });

  it.each(['2', new Date(0).toUTCString()])(
    'H02 H03 H05: a reply is requested again after the delay that a 429 or 503 asked for',
    async (kind) => {
      const status = kind === '2' ? 429 : 503;
      const server = await startServer((hit, nth) => {
        // Dates have whole seconds: three from now is at least two.
        const at = kind === '2' ? kind : new Date(Date.now() + 3_000).toUTCString();
        if (nth === 1) hit.reply(status, { error: { message: 'later' } }, { 'retry-after': at });
        else hit.reply(200, openaiReply());
      });

      await openai(server, { deadlineMs: 10_000 }).generate(request);

      expect(server.hits).toHaveLength(2);
      expect(gaps(server)[0]).toBeGreaterThanOrEqual(1_990);
    },
  );

  it('H04: a Retry-After that is an hour away is not waited for, and the error gives the delay', async () => {
    const server = await startServer((hit) =>
      hit.reply(429, { error: { message: 'slow down' } }, { 'retry-after': '3600' }),
    );
    const elapsedMs = startStopwatch();

    const error = await failure(openai(server, { deadlineMs: 4_000 }).generate(request));

    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 3_600_000, charged: 'no', status: 429 });
    expect(elapsedMs()).toBeLessThan(1_500);
    expect(server.hits).toHaveLength(1);
  });

  it.each([
    [503, 'unavailable'],
    [429, 'rate_limited'],
  ])('H06 H07: a reply that is always %i ends after a few spaced attempts as %s', async (status, code) => {
    const server = await startServer((hit) => hit.reply(status, { error: { message: 'never' } }));

    const error = await failure(openai(server, { deadlineMs: 20_000 }).generate(request));

    expect(error).toMatchObject({ code, status, charged: 'no' });
    expect(server.hits.length).toBeGreaterThan(1);
    expect(server.hits.length).toBeLessThanOrEqual(6);
    expect(Math.min(...gaps(server))).toBeGreaterThanOrEqual(100);
  });

  it.each([
    ['H08', 'a 500'],
    ['H09', 'a reset'],
    ['H10', 'silence'],
    ['H11', 'a gateway’s 504'],
    ['H23', 'fewer bytes than announced'],
  ])('%s that is %s after the work was charged is never requested again', async (id) => {
    const server = await startServer((hit) => {
      hit.bill();
      if (id === 'H08') hit.reply(500, { error: { message: 'oops' } }, { 'x-request-id': 'req-8' });
      if (id === 'H09') hit.reset();
      if (id === 'H11') hit.reply(504, '<html>gateway</html>', { 'content-type': 'text/html' });
      if (id === 'H23') {
        hit.write(`${head(200, { 'content-type': 'application/json', 'content-length': '9999' })}{"data":[`);
        hit.socket.end();
      }
    });

    const error = await failure(openai(server, { deadlineMs: 1_000 }).generate(request));

    expect(error).toMatchObject({ code: 'outcome_unknown', charged: 'unknown', mayRetry: false, mayFailOver: false });
    expect(error.requestId).toBe(id === 'H08' ? 'req-8' : undefined);
    expect([server.hits.length, server.bills()]).toEqual([1, 1]);
  });

  it.each([
    ['H12', 'never begins'],
    ['H14', 'stops in the middle of the body'],
    ['H15', 'arrives byte by byte without end'],
  ])('%s that %s times out at the deadline', async (id) => {
    const server = await startServer((hit) => {
      if (id === 'H12') return;
      hit.write(
        `${head(200, { 'content-type': 'application/json', 'content-length': '5000' })}{"data":[{"b64_json":"aaaa`,
      );
      if (id === 'H14') return;
      const timer = setInterval(() => hit.write('a'), 50);
      hit.socket.on('close', () => clearInterval(timer));
    });
    const elapsedMs = startStopwatch();

    const error = await failure(openai(server, { deadlineMs: 600 }).generate(request));

    expect(error.code).toBe('outcome_unknown');
    expect(elapsedMs()).toBeLessThan(1_600);
    expect(server.hits).toHaveLength(1);
    expect(await until(() => server.hits[0]?.socket.closed === true, 1_000)).toBe(true);
  });

  it('H13: a reply arrives after a retry when the first connection was refused', async () => {
    const port = await freePort();
    const calling = openai({ origin: `http://127.0.0.1:${port}` }).generate(request);
    await new Promise((done) => setTimeout(done, 150));
    const server = await startServer(
      (hit) => {
        hit.bill();
        hit.reply(200, openaiReply());
      },
      { port },
    );

    await calling;

    expect(server.bills()).toBe(1);
  });

  it('H20: a reply that refuses the request becomes an error with the vendor’s message and status', async () => {
    const server = await startServer((hit) =>
      hit.reply(400, { error: { message: 'size is not supported' } }, { 'x-request-id': 'req-20' }),
    );

    const error = await failure(openai(server).generate(request));

    expect(error).toMatchObject({ code: 'invalid_request', status: 400, requestId: 'req-20', charged: 'no' });
    expect(error.message).toContain('size is not supported');
    expect(server.hits).toHaveLength(1);
  });

  it('H21: saying that the account is out of credit is quota_exhausted', async () => {
    const server = await startServer((hit) => hit.reply(402, { error: { message: 'out of credit' } }));

    expect(await failure(openai(server).generate(request))).toMatchObject({ code: 'quota_exhausted', charged: 'no' });
    expect(server.hits).toHaveLength(1);
  });

  it('H22: a reply that is a redirect is not followed', async () => {
    const server = await startServer((hit) => hit.reply(307, '', { location: hit.path }));

    expect(await failure(openai(server).generate(request))).toMatchObject({ code: 'bad_response', charged: 'no' });
    expect(server.hits).toHaveLength(1);
  });

  it('H22: a reply that is a 303 redirect may mean that work was done', async () => {
    const server = await startServer((hit) => hit.reply(303, '', { location: '/done' }));

    expect(await failure(openai(server).generate(request))).toMatchObject({ code: 'bad_response', charged: 'unknown' });
    expect(server.hits).toHaveLength(1);
  });

  it.each(['-5', 'abc', '1e9', '0', 'NaN', '999999999999999999'])(
    'H25: a reply with Retry-After: %s causes neither a tight loop nor an endless wait',
    async (wish) => {
      const server = await startServer((hit) =>
        hit.reply(429, { error: { message: 'later' } }, { 'retry-after': wish }),
      );

      const error = await failure(openai(server, { deadlineMs: 10_000 }).generate(request));

      expect(error.code).toBe('rate_limited');
      expect(server.hits.length).toBeLessThanOrEqual(6);
      for (const gap of gaps(server)) expect(gap).toBeGreaterThanOrEqual(100);
    },
  );

  it.each([
    ['a header of 200 kB', `X-Long: ${'x'.repeat(200_000)}\r\n`],
    ['2,000 headers', Array.from({ length: 2_000 }, (_, index) => `X-${index}: ${'y'.repeat(40)}\r\n`).join('')],
    ['a header with a zero byte', 'X-Zero: a\0b\r\n'],
  ])('H26: a reply with %s becomes an error with a code', async (_what, headers) => {
    const server = await startServer((hit) => {
      hit.bill();
      hit.write(`HTTP/1.1 200 OK\r\n${headers}Content-Length: 2\r\n\r\n{}`);
    });

    const error = await failure(openai(server, { deadlineMs: 3_000 }).generate(request));

    expect(error).toMatchObject({ code: 'outcome_unknown' });
    expect(server.bills()).toBe(1);
  });

  it('H27: a reply arrives after 10,000 early hints', async () => {
    const server = await startServer((hit) => {
      hit.write('HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n'.repeat(10_000));
      hit.reply(200, openaiReply());
    });

    const before = process.memoryUsage().rss;
    await openai(server).generate(request);

    expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
  });

  it('H27: a server that only sends early hints times out at the deadline', async () => {
    const server = await startServer((hit) => {
      const timer = setInterval(() => hit.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(50)), 5);
      hit.socket.on('close', () => clearInterval(timer));
    });

    const calling = openai(server, { deadlineMs: 500 }).generate(request);

    expect(await duration(calling)).toBeLessThan(1_500);
  });
});

describe('an abort', () => {
  it.each([
    ['H16', 'while the vendor is silent'],
    ['H17', 'while the body stalls'],
  ])('%s %s settles at once and closes the socket', async (id) => {
    const server = await startServer((hit) => {
      if (id === 'H17') hit.write(`${head(200, { 'content-length': '5000' })}{"data":[`);
    });
    const controller = new AbortController();
    const calling = failure(openai(server).generate(request, { signal: controller.signal }));
    await until(() => server.hits.length === 1, 10_000);
    await new Promise((done) => setTimeout(done, 50));
    controller.abort();

    expect(await duration(calling)).toBeLessThan(2_000);
    expect(await calling).toMatchObject({ code: 'aborted', charged: 'unknown' });
    expect(await until(() => server.hits[0]?.socket.closed === true, 1_000)).toBe(true);
  });

  it('H18: during the wait for a retry settles at once, and no attempt follows', async () => {
    const server = await startServer((hit) => hit.reply(503, { error: { message: 'later' } }, { 'retry-after': '1' }));
    const controller = new AbortController();
    const calling = failure(openai(server).generate(request, { signal: controller.signal }));
    await until(() => server.hits.length === 1, 10_000);
    await new Promise((done) => setTimeout(done, 50));
    controller.abort();

    expect(await duration(calling)).toBeLessThan(800);
    expect(await calling).toMatchObject({ code: 'aborted', charged: 'no' });
    await new Promise((done) => setTimeout(done, 1_300));
    expect(server.hits).toHaveLength(1);
  });

  it('H19: before the call opens no connection', async () => {
    const server = await startServer((hit) => hit.reply(200, openaiReply()));

    const error = await failure(openai(server).generate(request, { signal: AbortSignal.abort() }));

    expect(error).toMatchObject({ code: 'aborted', charged: 'no' });
    expect(server.connections()).toBe(0);
  });

  it('H16: ends a call even when the caller’s own fetch ignores the signal, and its late reply is ignored', async () => {
    const { promise: late, resolve: answer } = Promise.withResolvers<Response>();
    let isCancelled = false;
    const provider = openai({ origin: 'http://127.0.0.1:9' }, { fetch: () => late });
    const calling = failure(provider.generate(request, { deadlineMs: 100 }));

    expect(await duration(calling)).toBeLessThan(1_000);
    answer(
      new Response(
        new ReadableStream({
          cancel() {
            isCancelled = true;
          },
        }),
      ),
    );

    expect(await until(() => isCancelled, 5_000)).toBe(true);
    expect((await calling).code).toBe('outcome_unknown');
  });
});
