/** A proxy that answers in place of the server: its refusal is not one of the vendor. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProvider } from '../../src/index.ts';
import { closeServers, startServer } from './hostile-server.ts';
import { failure, KEY, loadAdapters, openai, openaiReply, PROMPT, png } from './support.ts';

beforeAll(loadAdapters);
afterAll(closeServers);
const request = { prompt: PROMPT };
const page = '<html><body>Access Denied</body></html>';

/** Replies of proxies that say that they are the proxy's own. */
const REFUSALS: readonly (readonly [string, number, Readonly<Record<string, string>>])[] = [
  ['Squid', 403, { 'X-Squid-Error': 'ERR_ACCESS_DENIED 0', Via: '1.1 proxy (squid/6.6)' }],
  ['a proxy with Proxy-Status', 403, { 'Proxy-Status': 'proxy.example; error=http_request_denied' }],
  ['Tinyproxy', 403, { Server: 'tinyproxy/1.11.1' }],
];

describe('a refusal by a proxy', () => {
  it.each(REFUSALS)('(%s, HTTP %i) is not reported as one of the vendor', async (_, status, headers) => {
    const server = await startServer((hit) => hit.reply(status, page, headers));

    const error = await failure(openai(server).generate(request));

    expect(error).toMatchObject({ code: 'unavailable', status, charged: 'no' });
    expect(error.message).toContain(
      `openai: POST ${server.origin}/v1/images/generations: the proxy refused the request (HTTP ${status}`,
    );
    expect(error.hint).toMatch(/^Ask the administrator of the proxy/);
    expect(server.hits).toHaveLength(1);
  });

  it.each(REFUSALS)('(%s, HTTP %i) of a download keeps the paid image for a resume', async (_, status, headers) => {
    const server = await startServer((hit) =>
      hit.method === 'POST'
        ? hit.reply(200, { data: [{ url: `${server.origin}/fox.png`, is_image_safe: true }] })
        : hit.reply(status, page, headers),
    );
    const provider = createProvider('ideogram', { apiKey: KEY, baseUrl: server.origin, deadlineMs: 60_000 });

    const error = await failure(provider.generate(request));

    expect(error).toMatchObject({ code: 'timeout', charged: 'yes', job: { provider: 'ideogram' } });
    expect(error.message).toContain(`the proxy refused the request (HTTP ${status}`);
    expect(error.hint).toContain('Call resume(error.job)');
    expect(server.hits).toHaveLength(2);
  });
});

describe('a 407', () => {
  it('is always that of a proxy, and the hint says where its password belongs', async () => {
    // The fetch of Node 22 reports a 407 as a failure without a reason; other implementations return it.
    const fetch = async () =>
      new Response(page, { status: 407, headers: { 'Proxy-Authenticate': 'Basic realm="proxy"' } });
    const error = await failure(createProvider('openai', { apiKey: KEY, fetch }).generate(request));
    expect(error).toMatchObject({ code: 'unavailable', status: 407, charged: 'no' });
    expect(error.hint).toMatch(/^The proxy wants a user name and a password\./);
  });
});

describe('a 403 that may be the vendor’s own', () => {
  it('stays one of the vendor with only a Via header, and its message names the doubt', async () => {
    const server = await startServer((hit) =>
      hit.reply(403, { error: { message: 'no access' } }, { Via: '1.1 google' }),
    );

    const error = await failure(openai(server).generate(request));

    expect(error).toMatchObject({ code: 'permission', charged: 'no' });
    expect(error.message).toContain('no access (HTTP 403)');
    expect(error.message).toContain('came through a proxy (header Via)');
  });

  it.each([
    ['without a header of a proxy', 403, {}],
    ['whose Proxy-Status has no error', 403, { 'Proxy-Status': 'cdn.example; received-status=403' }],
  ])('stays one of the vendor %s', async (_, status, headers) => {
    const server = await startServer((hit) => hit.reply(status, { error: { message: 'no access' } }, headers));
    const error = await failure(openai(server).generate(request));
    expect(error).toMatchObject({ code: 'permission' });
    expect(error.message).not.toContain('proxy');
  });

  it('is not looked for in other replies: headers of a proxy beside an image change nothing', async () => {
    const server = await startServer((hit) => hit.reply(200, openaiReply(png()), { 'X-Squid-Error': 'none' }));
    expect((await openai(server).generate(request)).images).toHaveLength(1);
  });
});
