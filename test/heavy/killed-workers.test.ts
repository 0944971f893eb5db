/**
 * Workers that are killed, frozen or stopped at each point of their work. The vendor's own count says how often each image was bought: once,
 * or the work says that no one can know.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { closeServers, type Hit, startServer, until } from '../faults/hostile-server.ts';
import { directProvider, finished, type JobServer, jobProvider, startJobServer } from '../faults/job-vendor.ts';
import { base64, childArguments, png } from '../faults/support.ts';
import { type Host, openHost } from '../queue/worker/hosts.ts';
import { useFolder } from '../store/support.ts';

afterAll(closeServers);
const folder = useFolder();
const hosts: Host[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

const LONG_MS = 60_000;

interface Vendor {
  readonly kind: 'jobs' | 'direct';
  readonly origin: string;
  readonly bills: () => number;
  readonly provider: ReturnType<typeof directProvider>;
}

async function startVendor(kind: Vendor['kind']): Promise<Vendor> {
  if (kind === 'jobs') {
    const server = await startJobServer();
    return { kind, origin: server.origin, bills: server.submits, provider: jobProvider(server) };
  }
  const server = await startServer((hit) => {
    hit.bill();
    hit.reply(200, { images: [{ bytes: base64(png()) }] });
  });
  return { kind, origin: server.origin, bills: server.bills, provider: directProvider(server) };
}

/** Starts a process with a worker. */
function startWorker(env: Readonly<Record<string, string>>) {
  const [...flags] = childArguments('').slice(0, -1);
  const script = fileURLToPath(new URL('../queue/children/work.ts', import.meta.url));
  const child = spawn(process.execPath, [...flags, script], {
    env: { PATH: process.env.PATH, DIRECTORY: join(folder(), 'images'), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const end = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) =>
    child.on('close', (code, signal) => done({ code, signal })),
  );
  const said = (type: string) => output.split('\n').filter((line) => line.includes(`"type":"${type}"`)).length;
  return { child, end, said, output: () => output };
}

/** Stops a process at a moment when it holds no lock of the ledger: otherwise nothing else could go on until it wakes up. */
async function freeze({ child }: Pick<ReturnType<typeof startWorker>, 'child'>): Promise<void> {
  const ledger = new DatabaseSync(join(folder(), 'images', '.ai-image', 'money.db'));
  try {
    for (;;) {
      child.kill('SIGSTOP');
      try {
        ledger.exec('BEGIN IMMEDIATE; ROLLBACK');
        return;
      } catch {
        child.kill('SIGCONT');
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  } finally {
    ledger.close();
  }
}

/** A host whose queue gives out work of a dead worker at once, as if its lease had ended. */
function openNext(provider: Vendor['provider']): Host {
  const host = openHost(join(folder(), 'images'), { providers: { vendor: provider }, aheadMs: 120_000 });
  hosts.push(host);
  return host;
}

/** Points at which a worker is killed, and what the next worker finds. */
const DEATHS: readonly (readonly [
  id: string,
  at: string,
  kinds: readonly Vendor['kind'][],
  state: string,
  bills: number,
])[] = [
  ['Q01', 'before the submit', ['direct', 'jobs'], 'done', 1],
  ['Q02', 'after the record', ['direct', 'jobs'], 'unknown', 0],
  ['Q02', 'after the submit', ['direct', 'jobs'], 'unknown', 1],
  ['Q02', 'before the id of the job is on record', ['jobs'], 'unknown', 1],
  ['Q03', 'after the id of the job is on record', ['jobs'], 'done', 1],
  ['Q03', 'with the downloaded image', ['jobs'], 'done', 1],
  ['Q02', 'with the downloaded image', ['direct'], 'unknown', 1],
  ['Q04', 'after the image is saved', ['direct', 'jobs'], 'done', 1],
  ['Q04', 'before the acknowledgement', ['direct', 'jobs'], 'done', 1],
];
const CASES = DEATHS.flatMap(([id, at, kinds, state, bills]) => kinds.map((kind) => ({ id, at, kind, state, bills })));

describe('a worker that is killed with kill -9', () => {
  it.each(CASES)(
    '$id: $at ($kind): the work ends as $state, bought $bills times',
    async ({ at, kind, state, bills }) => {
      const vendor = await startVendor(kind);
      const next = openNext(vendor.provider);
      const id = await next.enqueue();
      const killed = startWorker({ ORIGIN: vendor.origin, KIND: kind, KILL_AT: at });
      expect(await killed.end).toMatchObject({ signal: 'SIGKILL' });

      // Twice: work that has ended stays as it is.
      for (let run = 0; run < 2; run++) {
        const worker = next.worker({ concurrency: 1 });
        const running = worker.run();
        await until(() => worker.log.types().some((type) => type !== 'waiting'), run === 0 ? 3_000 : 100);
        await worker.stop();
        await running;
      }
      expect([await next.stateOf(id), vendor.bills()]).toEqual([state, bills]);
      const images = await next.store.search({});
      expect(images.length).toBe(state === 'done' ? 1 : 0);
      if (state === 'done')
        expect((await next.engine.find(id))?.result?.artifacts).toEqual(images.map((image) => image.id));
    },
  );

  it('the count finds a second purchase when the work gets a new id', async () => {
    const vendor = await startVendor('direct');
    const next = openNext(vendor.provider);
    await next.enqueue();
    await startWorker({ ORIGIN: vendor.origin, KIND: 'direct', KILL_AT: 'after the submit' }).end;
    await next.enqueue();
    expect(await next.worker().run('drained')).toMatchObject({ done: 1, unknown: 1 });
    expect(vendor.bills()).toBe(2);
  });
});

describe('Q06: a worker that is frozen for longer than its lease (SIGSTOP, then SIGCONT)', () => {
  it('leaves its job to the next worker when it wakes up, and its late writes are refused', async () => {
    let isOver = false;
    const server = await startJobServer({
      poll: (hit) => hit.reply(200, isOver ? finished(hit) : { status: 'running', retryMs: 20 }),
    });
    const next = openNext(jobProvider(server, { deadlineMs: 60_000 }));
    const id = await next.enqueue();
    const frozen = startWorker({ ORIGIN: server.origin, KIND: 'jobs', LEASE_MS: '300', UNTIL: 'once' });
    await until(() => server.polls.length > 0, LONG_MS);
    await freeze(frozen);
    const worker = next.worker();
    const running = worker.run();
    // The frozen process still has the call: no other process can know whether it will go on.
    expect((await worker.log.first('waiting')).error).toMatchObject({ code: 'unavailable' });
    frozen.child.kill('SIGCONT');
    await frozen.end;
    isOver = true;
    await worker.log.first('done');
    await worker.stop();
    await running;

    expect([frozen.said('done'), frozen.said('lost')]).toEqual([0, 1]);
    expect([await next.stateOf(id), server.submits(), server.cancels.length]).toEqual(['done', 1, 0]);
    const images = await next.store.search({});
    expect((await next.engine.find(id))?.result?.artifacts).toEqual(images.map((image) => image.id));
  });

  it('saves the image of a request that was answered meanwhile, and the work is done', async () => {
    const held: Hit[] = [];
    const server = await startServer((hit) => {
      hit.bill();
      held.push(hit);
    });
    const next = openNext(directProvider(server));
    const id = await next.enqueue();
    const frozen = startWorker({ ORIGIN: server.origin, KIND: 'direct', LEASE_MS: '300', UNTIL: 'once' });
    await until(() => held.length > 0, LONG_MS);
    await freeze(frozen);
    const worker = next.worker();
    const running = worker.run();
    await until(() => worker.log.types().some((type) => type === 'unknown' || type === 'waiting'), LONG_MS);
    for (const hit of held) hit.reply(200, { images: [{ bytes: base64(png()) }] });
    frozen.child.kill('SIGCONT');
    await frozen.end;
    await worker.stop();
    await running;

    expect([await next.stateOf(id), server.bills()]).toEqual(['done', 1]);
    expect((await next.store.search({})).length).toBe(1);
  });
});

describe('Q09: SIGTERM with 20 running', () => {
  async function stopWith20(server: JobServer, env: Readonly<Record<string, string>> = {}) {
    const next = openNext(jobProvider(server));
    const ids = await Promise.all(Array.from({ length: 20 }, () => next.enqueue()));
    const stopped = startWorker({ ORIGIN: server.origin, KIND: 'jobs', CONCURRENCY: '20', UNTIL: 'forever', ...env });
    await until(() => server.submits() === 20 && server.polls.length >= 20, LONG_MS);
    const startedAt = performance.now();
    stopped.child.kill('SIGTERM');
    const { code } = await stopped.end;
    return { next, ids, stopped, code, tookMs: performance.now() - startedAt };
  }

  it('hands all of it back within 30 seconds, and the next worker fetches every image', async () => {
    let isOver = false;
    const server = await startJobServer({
      poll: (hit) => hit.reply(200, isOver ? finished(hit) : { status: 'running', retryMs: 20 }),
    });
    const { next, ids, stopped, code, tookMs } = await stopWith20(server);
    expect([code, stopped.said('waiting')]).toEqual([0, 20]);
    expect(tookMs).toBeLessThan(30_000);
    isOver = true;
    expect(await next.worker({ concurrency: 20 }).run('drained')).toMatchObject({ done: 20 });
    expect(await Promise.all(ids.map(next.stateOf))).toEqual(ids.map(() => 'done'));
    expect([server.submits(), server.cancels.length]).toEqual([20, 0]);
    console.info(`SIGTERM with 20 jobs: ended after ${Math.round(tookMs)} ms`);
  });

  it('waits for work that ends within the grace', async () => {
    let isOver = false;
    const server = await startJobServer({
      poll: (hit) => hit.reply(200, isOver ? finished(hit) : { status: 'running', retryMs: 20 }),
    });
    const stopping = stopWith20(server);
    await until(() => server.submits() === 20 && server.polls.length >= 60, LONG_MS);
    isOver = true;
    const { stopped, code } = await stopping;
    expect([code, stopped.said('done'), server.submits()]).toEqual([0, 20, 20]);
  });
});
