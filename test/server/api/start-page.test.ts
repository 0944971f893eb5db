/** The page at the address that `imagen serve` prints. */
import { describe, expect, it } from 'vitest';
import { useServers } from '../support.ts';

const start = useServers();
const { url } = await start();

describe('the start page', () => {
  it('needs no token, and says where the API is described', async () => {
    const answer = await fetch(`${url}/`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const page = await answer.text();
    const [, link = ''] = /<a href="([^"]+)">/.exec(page) ?? [];
    expect(new URL(link, `${url}/`).href).toBe(`${url}/openapi.json`);
    expect((await fetch(new URL(link, `${url}/`))).status).toBe(200);
    expect(page).toContain('docs/api.md');
  });

  it('has the security headers of every answer, no script, and no data of the server', async () => {
    const answer = await fetch(`${url}/`);
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    const page = await answer.text();
    expect(page).not.toMatch(/<script|<img|<form|style|ada|stub/i);
    // A browser would ask for an icon without a token, which counts as a wrong token.
    expect(page).toContain('<link rel="icon" href="data:,">');
  });

  it('is answered to HEAD, and to no page of another site', async () => {
    expect((await fetch(`${url}/`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${url}/`, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
    expect((await fetch(`${url}/`, { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
  });
});
