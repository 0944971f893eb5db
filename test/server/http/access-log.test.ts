/** What the server reports about its answers: the access log, and the headers that all answers have. */
import { describe, expect, it, vi } from 'vitest';
import type { AccessLine } from '../../../src/apps/server/http/access-line.ts';
import { HttpFault } from '../../../src/apps/server/http/http-fault.ts';
import { createImageServer } from '../../../src/apps/server/index.ts';
import { createProvider } from '../../../src/index.ts';
import { hashOf, TOKEN } from '../support.ts';
import { type GuardedAppOptions, useGuardedApps } from './guarded-app.ts';
import { openConnection, requestText, sendRaw } from './raw-request.ts';

const start = useGuardedApps();
const AUTH = { authorization: `Bearer ${TOKEN}` };

async function startLogged(options: GuardedAppOptions = {}) {
  const lines: AccessLine[] = [];
  const app = await start({ ...options, onAccess: (line) => lines.push(line) });
  const nextLine = async (count = 1): Promise<AccessLine> => {
    await vi.waitFor(() => expect(lines).toHaveLength(count));
    return lines[count - 1]!;
  };
  return { ...app, lines, nextLine };
}

describe('the access log', () => {
  it('has one line for an answer, with the id that the client has', async () => {
    const { url, nextLine } = await startLogged({
      mount: (app) => {
        app.post('/call', (c) => {
          c.set('call', 'call-4711');
          return c.json({ text: 'ä' });
        });
      },
    });
    const answer = await fetch(`${url}/call?prompt=secret`, {
      method: 'POST',
      headers: { ...AUTH, 'content-type': 'application/json' },
      body: '{}',
    });
    const id = answer.headers.get('x-request-id');
    expect(id).toMatch(/^req_[a-z2-7]{24}$/);
    await answer.text();
    expect(await nextLine()).toEqual({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      requestId: id,
      method: 'POST',
      path: '/call',
      status: 200,
      durationMs: expect.any(Number),
      bytes: 13,
      token: 'ada',
      address: '127.0.0.1',
      call: 'call-4711',
    });
  });

  it('S29: has no query, no token, no prompt, and no signature of a link', async () => {
    const { url, context, lines, nextLine } = await startLogged();
    const bytes = (await createProvider('stub').generateImage('a fox', { size: '64x64', format: 'png' })).imageBytes;
    const { id } = await context.store.import(bytes as Uint8Array<ArrayBuffer>);
    const link = await context.links.create({ id, name: 'a.png' }, url);
    await (await fetch(link)).arrayBuffer();
    await fetch(`${url}/probe?token=${TOKEN}&prompt=a+secret+fox`, { headers: AUTH });
    await fetch(`${url}/probe?prompt=a+secret+fox`, { headers: { 'api-key': TOKEN } });
    await nextLine(3);
    const text = JSON.stringify(lines);
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain('fox');
    expect(text).not.toContain(link.split('.').at(-2)?.split('/')[0]);
    expect(lines[0]?.path).toMatch(new RegExp(`^/files/${id}/full/\\d+\\.…/a\\.png$`));
    expect(lines.map(({ status, code }) => [status, code])).toEqual([
      [200, undefined],
      [401, 'invalid_api_key'],
      [200, undefined],
    ]);
  });

  it('names the code of an error, also of one that no handler made', async () => {
    const errors: unknown[] = [];
    const { url, nextLine } = await startLogged({
      onError: (error) => errors.push(error),
      mount: (app) => {
        app.get('/broken', () => {
          throw new TypeError('at /home/ada/secret.ts');
        });
      },
    });
    await fetch(`${url}/nowhere`, { headers: AUTH });
    expect(await nextLine(1)).toMatchObject({ status: 404, code: 'not_found' });
    const answer = await fetch(`${url}/broken`, { headers: AUTH });
    expect(await answer.text()).not.toContain('/home');
    expect(await nextLine(2)).toMatchObject({ status: 500, code: expect.any(String) });
    expect(errors).toEqual([expect.any(TypeError)]);
  });

  it('waits for the end of a body, and counts what was written when the client hangs up', async () => {
    const endBody = Promise.withResolvers<void>();
    const { url, port, lines, nextLine } = await startLogged({
      mount: (app) => {
        app.get('/slow', () => {
          const body = new ReadableStream<Uint8Array>({
            async start(controller) {
              controller.enqueue(new Uint8Array(10));
              await endBody.promise;
              controller.enqueue(new Uint8Array(5));
              controller.close();
            },
          });
          return new Response(body);
        });
        app.get('/endless', () => {
          const body = new ReadableStream<Uint8Array>({
            start: (controller) => controller.enqueue(new Uint8Array(7)),
          });
          return new Response(body);
        });
      },
    });
    const answer = await fetch(`${url}/slow`, { headers: AUTH });
    expect(lines).toEqual([]);
    endBody.resolve();
    await answer.arrayBuffer();
    expect(await nextLine(1)).toEqual(expect.not.objectContaining({ code: expect.anything() }));
    expect(lines[0]).toMatchObject({ path: '/slow', bytes: 15 });

    const { socket, received } = await openConnection(port);
    socket.write(requestText('GET', '/endless', AUTH));
    await vi.waitFor(() => expect(received()).toContain('\r\n\r\n'));
    socket.destroy();
    expect(await nextLine(2)).toMatchObject({ path: '/endless', bytes: 7, code: 'client_left' });
  });

  it('S24: has a line for a client that hangs up before its answer begins', async () => {
    const called = Promise.withResolvers<void>();
    const answering = Promise.withResolvers<void>();
    const { port, lines, nextLine } = await startLogged({
      mount: (app) => {
        app.get('/call', async (c) => {
          c.set('call', 'call-4711');
          c.req.raw.signal.addEventListener('abort', () => answering.resolve());
          called.resolve();
          await answering.promise;
          return c.json({});
        });
      },
    });
    const { socket } = await openConnection(port);
    socket.write(requestText('GET', '/call', AUTH));
    await called.promise;
    socket.destroy();
    expect(await nextLine()).toMatchObject({ path: '/call', call: 'call-4711', bytes: 0, code: 'client_left' });
    expect(lines).toHaveLength(1);
  });

  it('is the same on a runtime that does not count for us', async () => {
    const { context } = await start();
    const lines: AccessLine[] = [];
    const server = createImageServer({
      manager: context.manager,
      store: context.store,
      tokens: [{ name: 'ada', sha256: hashOf(TOKEN) }],
      onAccess: (line) => lines.push(line),
    });
    const answer = await server.fetch(new Request('http://localhost/healthz'));
    expect(lines).toEqual([]);
    expect(await answer.json()).toEqual({ status: 'ok' });
    await server.fetch(new Request('http://localhost/healthz', { method: 'HEAD' }));
    const hungUp = await server.fetch(new Request('http://localhost/nowhere'));
    await hungUp.body?.cancel();
    expect(lines.map(({ path, status, bytes }) => [path, status, bytes])).toEqual([
      ['/healthz', 200, 15],
      ['/healthz', 200, 0],
      ['/nowhere', 401, 0],
    ]);
    expect(lines[0]).not.toHaveProperty('address');
    expect((await server.fetch(new Request('http://evil.example/probe'))).status).toBe(421);
  });

  it('does not break an answer when its function throws', async () => {
    const errors: unknown[] = [];
    const { url } = await start({
      onAccess: () => {
        throw new Error('disk full');
      },
      onError: (error) => {
        errors.push(error);
        throw error;
      },
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await vi.waitFor(() => expect(errors).toHaveLength(1));
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe('every answer', () => {
  it('has the headers that keep a browser from using it otherwise', async () => {
    const { url } = await start();
    for (const path of ['/healthz', '/probe', '/nowhere']) {
      const { headers } = await fetch(`${url}${path}`, { headers: AUTH });
      expect(Object.fromEntries(headers), path).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
      expect(headers.get('set-cookie')).toBeNull();
    }
  });

  it('has the code and the message of an error as its reason phrase, in ASCII and at most 80 characters', async () => {
    const { port } = await start({
      mount: (app) => {
        app.get('/refused', () => {
          throw new HttpFault(400, 'odd', 'Größe "x"\r\nis odd');
        });
      },
    });
    const send = (path: string) => sendRaw(port, requestText('GET', path, AUTH));
    expect((await send('/nowhere')).reason).toBe('not found: There is no GET /nowhere.');
    const { reason } = await send(`/n${'o'.repeat(300)}`);
    expect(reason).toMatch(/^not found: There is no GET \/no+\.\.\.$/);
    expect(reason).toHaveLength(80);
    expect((await send('/refused')).reason).toBe('odd: Gr??e "x"??is odd');
  });
});
