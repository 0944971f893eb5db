/** What happens to paid work when the process ends, and what a hardened process does to the library. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobHandle } from '../../src/index.ts';
import { closeServers, until } from './hostile-server.ts';
import { finished, jobProvider, startJobServer } from './job-vendor.ts';
import { childArguments, runChild } from './support.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-image-faults-'));
});
afterAll(async () => {
  await closeServers();
  await rm(folder, { recursive: true, force: true });
});

/** Starts a host app with a journal, kills it as soon as `isTime` returns true, and returns what it had saved. */
async function killHost(env: Readonly<Record<string, string>>, isTime: (lines: number) => boolean) {
  const journal = join(folder, `${randomUUID()}.jsonl`);
  await writeFile(journal, '');
  const child = spawn(process.execPath, childArguments('generate-with-journal.ts'), {
    env: { PATH: process.env.PATH, JOURNAL: journal, ...env },
    stdio: 'ignore',
    timeout: 120_000,
  });
  const gone = new Promise((done) => child.on('close', done));
  const lines = async () => (await readFile(journal, 'utf8')).split('\n').filter((line) => line !== '');
  const end = performance.now() + 60_000;
  while (!isTime((await lines()).length) && performance.now() < end) await new Promise((done) => setTimeout(done, 5));
  child.kill('SIGKILL');
  await gone;
  return (await lines()).map((line) => JSON.parse(line) as JobHandle);
}

describe('a host app that is killed', () => {
  it('J17: before it saved the handle has not polled the job: the submit alone is known, with an unknown outcome', async () => {
    const server = await startJobServer();

    const handles = await killHost({ ORIGIN: server.origin, WRITE_DELAY_MS: '5000' }, () => server.submits() === 1);

    expect(handles).toEqual([]);
    expect([server.submits(), server.bills(), server.polls.length]).toEqual([1, 1, 0]);
  });

  it('J22: a host app that is killed with ten running jobs gets all ten images afterwards, without another submit', async () => {
    let isReady = false;
    const server = await startJobServer({
      poll: (hit) => hit.reply(200, isReady ? finished(hit) : { status: 'running' }),
    });

    const handles = await killHost({ ORIGIN: server.origin, JOBS: '10' }, (written) => written === 10);
    isReady = true;
    const provider = jobProvider(server);
    const generations = await Promise.all(handles.map((handle) => provider.resume!(handle)));

    expect(generations.flatMap(({ images }) => images)).toHaveLength(10);
    expect(new Set(generations.map(({ images }) => images[0].promptUsed)).size).toBe(10);
    expect([server.submits(), server.bills()]).toEqual([10, 10]);
    expect(await until(() => server.cancels.length > 0, 100)).toBe(false);
  });
});

it('X06: everything works when Object.prototype is frozen and __proto__ throws', async () => {
  const { output, errors } = await runChild('frozen-prototype.ts', {}, ['--disable-proto=throw']);

  expect(errors).toBe('');
  expect(JSON.parse(output)).toMatchObject({
    direct: 1,
    refused: 'invalid_request',
    job: 1,
    stub: 'png',
    isClean: true,
  });
});
