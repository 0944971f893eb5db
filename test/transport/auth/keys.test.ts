/** A caller's own function for tokens. */
import { describe, expect, it } from 'vitest';
import { bearerAuth } from '../../../src/transport/index.ts';
import { draw, failureOf, json, openAuthServer, transportWith } from './support.ts';

describe('a token function', () => {
  it('is called for each request, and its tokens are never shown', async () => {
    let count = 0;
    await using server = await openAuthServer({
      '/draw': ({ headers }, response, nth) =>
        nth < 3 ? json(response, {}) : json(response, { error: `bad token: ${headers.authorization}` }, 400),
    });
    const transport = transportWith(
      server,
      bearerAuth(async () => `supplied-token-${++count}`),
    );
    await draw(transport);
    await draw(transport);
    const error = await failureOf(draw(transport));
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer supplied-token-1',
      'Bearer supplied-token-2',
      'Bearer supplied-token-3',
    ]);
    expect(error.message).not.toContain('supplied-token');
  });

  it.each([
    ['throws', () => Promise.reject(new Error('no login for sk-secret-0123456789abcdef')), /token function failed/],
    ['returns nothing', () => '', /did not return a valid header value/],
    ['returns another type', () => 42 as unknown as string, /did not return a valid header value/],
    ['K19 returns another header', () => 'token\r\nx-injected: 1', /did not return a valid header value/],
  ])('a token function that %s ends the call before anything is sent', async (_, supplier, message) => {
    await using server = await openAuthServer({ '/draw': (_seen, response) => json(response, {}) });
    const error = await failureOf(draw(transportWith(server, bearerAuth(supplier))));
    expect(error).toMatchObject({ name: 'TransportAuthError', step: 'token', outcome: 'failed' });
    expect(error.message).toMatch(message);
    expect(String((error.cause as Error | undefined)?.message)).not.toContain('sk-secret');
    expect(server.seen).toHaveLength(0);
  });

  it('a refusal is final with a static key, which no function can renew', async () => {
    await using server = await openAuthServer({ '/draw': (_, response) => json(response, {}, 401) });
    expect(await failureOf(draw(transportWith(server, bearerAuth('static-key-0123456789'))))).toMatchObject({
      fault: 'authentication',
    });
    expect(server.seen).toHaveLength(1);
  });
});
