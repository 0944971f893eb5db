/** Short answers are whole responses on every runtime. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { describe, expect, it } from 'vitest';
import { answerPlainJson, TextAnswer, toWholeAnswer } from '../../../src/apps/server/http/text-answer.ts';
import { useServers } from '../support.ts';

const start = useServers();
const CONTENT = '{"a":"für"}';
const create = () => new TextAnswer(CONTENT, { status: 201, headers: { 'content-type': 'application/json' } });

describe('a short answer', () => {
  it.each([
    ['text', async (answer: Response) => answer.text()],
    ['json', async (answer: Response) => JSON.stringify(await answer.json())],
    ['arrayBuffer', async (answer: Response) => new TextDecoder().decode(await answer.arrayBuffer())],
    ['bytes', async (answer: Response) => new TextDecoder().decode(await answer.bytes())],
    ['blob', async (answer: Response) => (await answer.blob()).text()],
    ['body', async (answer: Response) => new Response(answer.body).text()],
    ['clone', async (answer: Response) => answer.clone().text()],
  ])('is read by %s', async (_, read) => {
    expect(await read(create())).toBe(CONTENT);
  });

  it('is read once, as every response', async () => {
    const answer = create();
    expect(answer.bodyUsed).toBe(false);
    await answer.text();
    expect(answer.bodyUsed).toBe(true);
    await expect(answer.text()).rejects.toThrow(TypeError);
  });

  it('becomes one whose text is in the object of the platform, which the servers of Deno and Bun read', async () => {
    const readBody = Object.getOwnPropertyDescriptor(Response.prototype, 'body')?.get;
    const whole = toWholeAnswer(create());
    expect(await new Response(readBody?.call(whole)).text()).toBe(CONTENT);
    expect([whole.status, whole.headers.get('content-type')]).toEqual([201, 'application/json']);
    expect(readBody?.call(create())).toBe(null); // shows that the test can fail
  });

  it('has its status and headers, also in a copy', () => {
    const copy = create().clone();
    expect([copy.status, copy.headers.get('content-type')]).toEqual([201, 'application/json']);
  });

  it('keeps headers beside the type of its content', () => {
    const { status, headers } = answerPlainJson({}, { status: 400, headers: { 'x-should-retry': 'false' } });
    expect([status, headers.get('x-should-retry'), headers.get('content-type')]).toEqual([
      400,
      'false',
      'application/json',
    ]);
  });

  it('arrives with its length over a socket, and without its text for HEAD', async () => {
    const { send } = await start();
    const answer = await send('/v1/models');
    const text = await answer.text();
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    const head = await send('/v1/models', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('is whole for every server but that of `listen`', async () => {
    const { server } = await start();
    const answer = await server.fetch(new Request('http://127.0.0.1/healthz'));
    expect(answer).not.toBeInstanceOf(TextAnswer);
    expect(await answer.text()).not.toBe('');
  });

  it('arrives from an app that @hono/node-server serves, which replaces `Response`', async () => {
    const platform = { Request, Response };
    const { server: images } = await start();
    const http = createServer(getRequestListener((request, env) => images.fetch(request, env)));
    try {
      await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
      const answer = await fetch(`http://127.0.0.1:${(http.address() as AddressInfo).port}/healthz`);
      expect(await answer.text()).not.toBe('');
    } finally {
      http.close();
      for (const [name, value] of Object.entries(platform)) Object.defineProperty(globalThis, name, { value });
    }
  });
});
