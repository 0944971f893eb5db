/** A test of a host app that forgot to mock a request learns it at once, and not at the deadline of the call. */
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { describe, expect, it, vi } from 'vitest';
import { failingCall, imageIsKept, path, reply } from './support/failing-call.ts';

describe('a host app that mocks the API and not the link of the image', () => {
  it.each([
    ['replies with an error', undefined, 'MSW has no handler for this request'],
    [
      'has a handler that throws',
      http.get('https://8.8.8.8/fox', () => {
        throw new Error('a bug in the test');
      }),
      'HTTP 500',
    ],
  ])('fails without a retry where MSW %s', async (_, handler, reason) => {
    const api = http.post(`https://api.ideogram.ai${path}*`, () => HttpResponse.json(reply));
    const server = setupServer(api, ...(handler ? [handler] : []));
    server.listen({ onUnhandledFrame: 'error' });
    const { error, retries } = await failingCall('ideogram').finally(() => server.close());

    expect(error).toMatchObject({ ...imageIsKept, message: expect.stringContaining(reason) });
    expect(retries).toBe(0);
    expect(error.message).not.toContain('hidden');
  });

  it('fails after 20 seconds where the mock lets the request through and the host does not exist', async () => {
    const startedAt = performance.now();
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    const faster = setInterval(() => vi.advanceTimersByTime(1_000), 5);
    const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const fetch = async (_url: unknown, init?: RequestInit) => {
      if (init?.method === 'POST') return Response.json(reply);
      throw new TypeError('fetch failed', { cause: unknown });
    };
    const { error, retries } = await failingCall('ideogram', fetch as typeof globalThis.fetch).finally(() => {
      clearInterval(faster);
      vi.useRealTimers();
    });

    expect(error).toMatchObject({
      ...imageIsKept,
      message: expect.stringMatching(/it needs a handler for this link$/),
    });
    // Longer than a name server is away, and far shorter than the deadline of ten minutes.
    expect(retries).toBeGreaterThan(3);
    expect(retries).toBeLessThan(12);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});

describe('a host app that does not mock the API', () => {
  it('learns from MSW that nothing was sent, without a retry', async () => {
    const server = setupServer();
    server.listen({ onUnhandledFrame: 'error' });
    const { error, retries } = await failingCall('openai').finally(() => server.close());

    expect(error).toMatchObject({ code: 'unavailable', charged: 'no' });
    expect(error.message).toContain('MSW has no handler for this request');
    expect(retries).toBe(0);
  });
});
