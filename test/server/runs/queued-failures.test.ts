/** What a client of a server with a queue is told when a worker cannot generate its images now. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { toFault } from '../../../src/apps/server/http/to-fault.ts';
import { AiImageError, type AiImageErrorCode, type AiImageProvider, createImageManager } from '../../../src/index.ts';
import { ERROR_CODES } from '../../../src/providers/protocol/errors.ts';
import { createQueue } from '../../../src/queue/index.ts';
import { engineOf, readRequest } from '../../../src/queue/queue-parts.ts';
import { createWorkerLoop } from '../../../src/queue/worker/create-worker-loop.ts';
import { PACE } from '../../../src/queue/worker/pace.ts';
import { createStore } from '../../../src/store/index.ts';
import { closeServers, startServer } from '../../faults/hostile-server.ts';
import { directProvider, finished, jobProvider, startJobServer } from '../../faults/job-vendor.ts';
import { base64, loadAdapters, png } from '../../faults/support.ts';
import { useFolder } from '../../store/support.ts';
import { useServers } from '../support.ts';

beforeAll(loadAdapters);
afterAll(closeServers);
const start = useServers();
const folder = useFolder();
const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Fails each call, and certainly costs nothing. */
function failing(code: AiImageErrorCode): AiImageProvider & { calls: number } {
  const provider = {
    calls: 0,
    async generateImage(): Promise<never> {
      provider.calls++;
      throw new AiImageError(code, 'what happened', { charged: 'no' });
    },
  };
  return provider;
}

async function startQueued(own: AiImageProvider, name = 'own') {
  const directory = join(folder(), 'images');
  const store = createStore({ directory, marks: 'none' });
  const manager = createImageManager({ providers: { [name]: own }, store });
  const queue = createQueue({ store });
  const server = await start({ manager, store, queue });
  return {
    ...{ ...server, queue, manager, directory },
    /** A second attempt comes later than a client waits. */
    startWorker() {
      const worker = createWorkerLoop(
        { manager },
        {
          engine: engineOf(queue),
          versions: [1],
          readRequest: async (claim) => (await readRequest(queue, claim)) as never,
          pace: { ...PACE, retryMs: 61_000 },
        },
      );
      const run = worker.run();
      return async () => {
        await worker.stop(0);
        await run;
      };
    },
    async close() {
      await server.close();
      await queue.close();
      await manager.close({ deadlineMs: 0 });
      await store.close();
    },
  };
}

const answerOf = async (response: Response) => {
  const { error } = (await response.json()) as { error: { code: string; imagen: { code: string; charged: string } } };
  const { status, headers } = response;
  return { status, ...{ code: error.code, charged: error.imagen.charged }, mayRetry: headers.get('x-should-retry') };
};

describe('a client of a queue gets the answer of a server without one', () => {
  for (const provider of [undefined, 'own']) {
    const title = provider === undefined ? 'names no provider' : 'names the provider, which is paused';
    it.each(ERROR_CODES)(`after %s, if the request ${title}`, async (code) => {
      const body = { prompt: 'a fox', ...(provider && { provider }) };
      const { status, code: word, details } = toFault(new AiImageError(code, 'x', { charged: 'no' }));
      const expected = { status, code: word, charged: details.imagen?.charged, mayRetry: String(details.mayRetry) };
      const own = failing(code);
      const { post, queue, startWorker, close } = await startQueued(own);
      const stop = startWorker();
      expect(await answerOf(await post('/api/generate', body))).toEqual(expected);
      const left = (await queue.list()).filter(({ state }) => state === 'waiting' || state === 'active');
      expect([own.calls, left]).toEqual([1, []]);
      await stop();
      await close();
    });
  }
});

it('a request for a provider that a worker has paused is answered at once, and is not sent', async () => {
  const own = failing('authentication');
  const { post, startWorker, close } = await startQueued(own);
  const stop = startWorker();
  await post('/api/generate', { prompt: 'a fox', provider: 'own' });
  const second = await post('/api/generate', { prompt: 'a hen', provider: 'own' });
  expect(await answerOf(second)).toMatchObject({ status: 500, code: 'provider_misconfigured', charged: 'no' });
  expect(own.calls).toBe(1);
  await stop();
  await close();
});

it('a request for a queue that a person has paused is told when to come again', async () => {
  const { post, queue, close } = await startQueued(failing('internal'));
  await queue.pause({ kind: 'queue', name: 'images', untilMs: Date.now() + 600_000, reason: 'maintenance' });
  const answer = await post('/api/generate', { prompt: 'a fox' });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(590);
  expect(await answerOf(answer)).toMatchObject({ status: 503, mayRetry: 'true', charged: 'no' });
  await close();
});

it('a request whose job is paid for waits for its images, however long its provider is paused', async () => {
  let isDone = false;
  const home = await startJobServer({ poll: (hit) => hit.reply(200, isDone ? finished(hit) : { status: 'running' }) });
  const { post, queue, manager, startWorker, close } = await startQueued(jobProvider(home, { deadlineMs: 60_000 }));
  const stop = startWorker();
  const answer = post('/api/generate', { prompt: 'a fox', provider: 'own', size: '64x64' });
  await expect.poll(() => home.polls.length).toBeGreaterThan(0);
  await queue.pause({ kind: 'provider', name: 'own', reason: 'maintenance' });
  await stop();
  expect(await queue.list()).toMatchObject([{ state: 'waiting' }]);
  const looks = vi.spyOn(manager, 'findCall');
  await expect.poll(() => looks.mock.calls.length, { timeout: 5_000 }).toBeGreaterThan(1);
  expect(await queue.list()).toMatchObject([{ state: 'waiting' }]);
  await queue.resume({ kind: 'provider', name: 'own' });
  isDone = true;
  const stopNext = startWorker();
  expect((await answer).status).toBe(200);
  expect([home.submits(), home.cancels]).toEqual([1, []]);
  await stopNext();
  await close();
});

it('Q04: a client of a worker that is killed with its request at the vendor learns it soon after the lease', async () => {
  const home = await startServer((hit) => {
    hit.bill();
    hit.reply(200, { images: [{ bytes: base64(png()) }] });
  });
  const { post, send, queue, directory, startWorker, close } = await startQueued(directProvider(home), 'vendor');
  const answer = post('/api/generate', { prompt: 'a fox', provider: 'vendor', size: '64x64' });
  await expect.poll(() => queue.list()).toHaveLength(1);
  const env = { DIRECTORY: directory, ORIGIN: home.origin, LEASE_MS: '1000' };
  const hooks = pathOf('../../faults/children/source-hooks.ts');
  const flags = ['--disable-warning=ExperimentalWarning', '--import', hooks, pathOf('children/work.ts')];
  const worker = spawn(process.execPath, flags, { env: { ...process.env, ...env }, stdio: 'inherit' });
  expect(await once(worker, 'exit')).toEqual([null, 'SIGKILL']);
  expect(await answerOf(await answer)).toEqual({
    ...{ status: 502, code: 'outcome_unknown', charged: 'unknown', mayRetry: 'false' },
  });
  const { runs } = (await (await send('/api/runs')).json()) as { runs: readonly unknown[] };
  expect(runs).toMatchObject([{ state: 'unknown', error: { code: 'outcome_unknown' } }]);
  expect(home.bills()).toBe(1);
  // The next worker does not buy it again.
  const stop = startWorker();
  await expect.poll(() => queue.list()).toMatchObject([{ state: 'unknown' }]);
  await stop();
  expect(home.bills()).toBe(1);
  await close();
}, 30_000);
