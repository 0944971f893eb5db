import { describe, expect, it } from 'vitest';
import { keepAlive } from '../../../src/apps/server/http/json-body/keep-alive.ts';

const settings = {
  headers: { 'x-imagen-run': 'r' },
  answerError: async (error: unknown) => Response.json({ error: String(error) }, { status: 502 }),
  everyMs: 1,
};

describe('white space while a JSON answer is not ready', () => {
  it('is not sent when the answer is ready in time', async () => {
    const answer = Response.json({ ok: true }, { status: 201 });
    expect(await keepAlive(Promise.resolve(answer), { ...settings, everyMs: 60_000 })).toBe(answer);
    const failing = keepAlive(Promise.reject(new Error('no')), { ...settings, everyMs: 60_000 });
    await expect(failing).rejects.toThrow('no');
  });

  it('comes again and again, then the answer; the document can be read', async () => {
    const ready = Promise.withResolvers<Response>();
    const answer = await keepAlive(ready.promise, settings);
    expect([answer.status, answer.headers.get('x-imagen-run')]).toEqual([200, 'r']);
    const reader = answer.body!.getReader();
    for (let count = 0; count < 3; count++) expect((await reader.read()).value).toEqual(new Uint8Array([10]));
    ready.resolve(Response.json({ ok: true }));
    const rest: Uint8Array[] = [];
    for (let next = await reader.read(); !next.done; next = await reader.read()) rest.push(next.value);
    expect(JSON.parse(Buffer.concat(rest).toString())).toEqual({ ok: true });
  });

  it('is followed by the error, if the call fails later', async () => {
    const ready = Promise.withResolvers<Response>();
    const answer = await keepAlive(ready.promise, settings);
    ready.reject(new Error('no'));
    expect(await answer.json()).toEqual({ error: 'Error: no' });
  });

  it('ends when the reader leaves, and the answer is not read', async () => {
    const ready = Promise.withResolvers<Response>();
    const answer = await keepAlive(ready.promise, settings);
    await answer.body!.cancel();
    const cancelled = Promise.withResolvers<void>();
    ready.resolve(new Response(new ReadableStream({ cancel: () => cancelled.resolve() }, { highWaterMark: 0 })));
    await cancelled.promise;
  });
});
