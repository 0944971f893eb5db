/** Exchanges a client id and secret for a token, over real sockets. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { oauthAuth } from '../../../src/transport/index.ts';
import { draw, failureOf, json, movableClock, openAuthServer, token, transportWith } from './support.ts';

const yes = (_: unknown, response: Parameters<typeof json>[0]) => json(response, {});
/** With signs that mean something in a form. */
const SECRET = 'p8e-secret/with+signs==&scope=all';
const authOf = ({ origin }: { readonly origin: string }) =>
  oauthAuth({ tokenUrl: `${origin}/token`, clientId: 'client-1', clientSecret: SECRET, scope: 'openid,firefly_api' });

describe('client credentials', () => {
  it('are sent as a form that keeps every character, and the token is sent', async () => {
    await using server = await openAuthServer({ '/token': token(), '/draw': yes });
    await draw(transportWith(server, authOf(server)));

    expect(server.at('/token')[0]?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    expect(Object.fromEntries(new URLSearchParams(server.at('/token')[0]?.body))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'client-1',
      client_secret: SECRET,
      scope: 'openid,firefly_api',
    });
    expect(server.at('/draw')[0]?.headers.authorization).toBe('Bearer token-1-abcdefgh');
  });

  it('K22: 50 concurrent calls share one token and one token request', async () => {
    await using server = await openAuthServer({
      '/token': (seen, response, nth) => void setTimeout(() => token()(seen, response, nth), 50),
      '/draw': yes,
    });
    const transport = transportWith(server, authOf(server));
    await Promise.all(Array.from({ length: 50 }, () => draw(transport)));
    expect([server.at('/token').length, server.at('/draw').length]).toEqual([1, 50]);
  });

  it('are used for a new token five minutes before the old one expires', async () => {
    await using server = await openAuthServer({ '/token': token(86_399), '/draw': yes });
    const clock = movableClock();
    const transport = transportWith(server, authOf(server), clock);
    await draw(transport);
    clock.move(86_399_000 - 302_000);
    await draw(transport);
    expect(server.at('/token')).toHaveLength(1);
    clock.move(5_000);
    await draw(transport);
    expect(server.at('/token')).toHaveLength(2);
  });

  it('are used for another token, once, after the first is refused', async () => {
    await using server = await openAuthServer({
      '/token': token(),
      '/draw': ({ headers }, response) =>
        headers.authorization === 'Bearer token-2-abcdefgh' ? json(response, {}) : json(response, {}, 401),
    });
    await draw(transportWith(server, authOf(server)));
    expect([server.at('/token').length, server.at('/draw').length]).toEqual([2, 2]);

    await using closed = await openAuthServer({ '/token': token(), '/draw': (_, response) => json(response, {}, 401) });
    expect(await failureOf(draw(transportWith(closed, authOf(closed))))).toMatchObject({ fault: 'authentication' });
    expect([closed.at('/token').length, closed.at('/draw').length]).toEqual([2, 2]);
  });

  it('K22: a refusal shows the server’s message, is not cached, and shows no secret', async () => {
    let isKind = false;
    await using server = await openAuthServer({
      '/token': (seen, response, nth) =>
        isKind
          ? token()(seen, response, nth)
          : json(response, { error: 'invalid_client', error_description: `no client has ${SECRET}` }, 401),
      '/draw': yes,
    });
    const transport = transportWith(server, authOf(server));
    const error = await failureOf(draw(transport));
    expect(error).toMatchObject({ name: 'TransportAuthError', step: 'token', outcome: 'failed' });
    expect(error.message).toMatch(/refused the credentials \(HTTP 401, invalid_client: no client has/);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET);
    expect(server.at('/draw')).toHaveLength(0);
    isKind = true;
    await draw(transport);
    expect(server.at('/draw')).toHaveLength(1);
  });

  it.each([
    ['no token', { token_type: 'bearer' }],
    ['one that a header cannot hold', { access_token: 'a\nb' }],
    ['a page', '<html>'],
  ])('fail if the server returns %s', async (_, answer) => {
    await using server = await openAuthServer({ '/token': (_seen, response) => json(response, answer), '/draw': yes });
    expect(await failureOf(draw(transportWith(server, authOf(server))))).toMatchObject({ fault: 'authentication' });
    expect(server.at('/draw')).toHaveLength(0);
  });
});
