/** Short answers are whole responses on every runtime. */
import { describe, expect, it } from 'vitest';
import { answerPlainJson, TextAnswer } from '../../../src/apps/server/http/text-answer.ts';
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
});
