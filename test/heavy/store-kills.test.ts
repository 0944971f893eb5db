/**
 * A01: 300 processes are killed at any moment of their work, four at a time in one store. After each four, another process opens the store.
 */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createImageManager } from '../../src/index.ts';
import { createStore, type Store } from '../../src/store/index.ts';
import { closeServers, until } from '../faults/hostile-server.ts';
import { jobProvider, linkOn, startJobServer } from '../faults/job-vendor.ts';
import { type Child, linesOf, useChildren } from '../store/processes.ts';
import { incomingFiles, publicFiles, useFolder } from '../store/support.ts';
import { bytesOf } from '../store/works.ts';

const folder = useFolder();
const children = useChildren();
afterAll(closeServers);

const AT_ONCE = 4;
/** When to kill the process: after how many lines of output, and how much later. */
const MOST_LINES = 20;
const LAST_MS = 8;

/** What the output of its processes says about a store. */
class Said {
  readonly lines: string[] = [];

  /** Returns what follows the word in a line. */
  of(word: string): readonly string[] {
    return this.lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  }
}

/** Starts four processes, and kills each at a different moment. @returns how many of them were killed */
async function killFour(directory: string, said: Said, env: Readonly<Record<string, string>>): Promise<number> {
  const started = Array.from({ length: AT_ONCE }, (_, at) => {
    const seed = randomInt(1, 2 ** 31);
    return children.start('load', { DIRECTORY: directory, NAME: `${seed}-${at}`, SEED: String(seed), ...env });
  });
  const killed = await Promise.all(started.map(killOne));
  for (const { output } of started) said.lines.push(...linesOf(output()));
  return killed.filter((each) => each).length;
}

async function killOne(child: Child): Promise<boolean> {
  const most = randomInt(1, MOST_LINES);
  await until(() => linesOf(child.output()).length >= most, 60_000);
  await new Promise((done) => setTimeout(done, randomInt(LAST_MS)));
  child.process.kill('SIGKILL');
  const { signal, errors } = await child.end;
  if (signal !== 'SIGKILL') throw new Error(`it ended by itself: ${errors}`);
  return true;
}

/** Returns a description of every fault in the store. */
async function problemsOf(store: Store, said: Said): Promise<readonly string[]> {
  const problems: string[] = [];
  const { intact, findings } = await store.verify();
  const all = await store.search({ limit: 100_000 });
  const own = all.filter(({ provider }) => provider === 'test').map(({ id }) => id);
  const names = await publicFiles(store.directory);
  problems.push(...findings.map(({ kind, path }) => `${kind}: ${path}`));
  if (names.length !== 2 * intact) problems.push(`${names.length} files for ${intact} pictures`);
  if (all.length !== intact) problems.push(`${all.length} of ${intact} are found`);
  const left = await incomingFiles(store.directory);
  if (left.length > 0) problems.push(`still under way: ${left.join()}`);

  const found = new Set(own);
  const [begun, leaving] = [new Set(said.of('saving')), new Set(said.of('deleting'))];
  for (const id of found) if (!begun.has(id)) problems.push(`${id} comes from nowhere`);
  for (const id of said.of('saved')) if (!found.has(id) && !leaving.has(id)) problems.push(`${id} is lost`);
  for (const id of said.of('deleted')) if (found.has(id)) problems.push(`${id} is there again`);
  for (const id of found) {
    const bytes = await store.open(id).catch(() => undefined);
    if (bytes === undefined || !bytesOf(id).every((byte, at) => byte === bytes[at])) problems.push(`${id} is spoilt`);
  }
  for (const [id, turn] of new Map(said.of('tagged').map((line) => line.split(' ') as [string, string]))) {
    if (!found.has(id)) continue;
    const { tags } = await store.get(id);
    if (Number(tags[0]) < Number(turn)) problems.push(`${id} has the tag ${tags.join()}, not ${turn}`);
  }

  const taken = await store.ledger.taken('all');
  const [least, most] = [said.of('promised').length, said.of('promising').length];
  if (taken < least || taken > most) problems.push(`${taken} are taken, ${least} to ${most} were promised`);
  for (const id of said.of('begun').slice(-50)) {
    if ((await store.jobs.find(id)) === undefined) problems.push(`the call ${id} is lost`);
  }
  for (const id of said.of('submitted').slice(-50)) {
    const job = await store.jobs.find(`job-${id}`);
    if (job?.state !== 'running' || job.isHeld) problems.push(`the job of ${id} is ${job?.state}`);
  }
  return problems;
}

describe('A01: under load', () => {
  it('240 kills lose nothing that was acknowledged and leave nothing incomplete', async () => {
    const counts = { kills: 0, saved: 0, deleted: 0, tagged: 0, submitted: 0, cutOff: 0 };
    // Checking a large store is slow, so every five rounds use a new one. Two stores are tested at the same time.
    const lane = async (lane: number) => {
      for (let batch = 0; batch < 6; batch++) {
        const directory = join(folder(), `store-${lane}-${batch}`);
        const said = new Said();
        for (let round = 0; round < 5; round++) {
          const killed = await killFour(directory, said, {});
          counts.kills += killed;
          const store = createStore({ directory });
          expect(await problemsOf(store, said)).toEqual([]);
          await store.close();
        }
        for (const word of ['saved', 'deleted', 'tagged', 'submitted'] as const) counts[word] += said.of(word).length;
        counts.cutOff += said.of('saving').length - said.of('saved').length;
      }
    };
    await Promise.all([lane(1), lane(2)]);
    expect(counts.kills).toBe(240);
    // Processes were killed during an operation and had finished others before.
    for (const [what, count] of Object.entries(counts)) expect([what, count > 10]).toEqual([what, true]);
  });

  it('60 kills of processes that generate: nothing is charged twice, and every recorded job is fetched once', async () => {
    // Counted by job: of two jobs polled in turn, one would never be done if all polls counted together.
    const polls = new Map<string, number>();
    const server = await startJobServer({
      poll: (hit) => {
        const nth = (polls.get(hit.path) ?? 0) + 1;
        polls.set(hit.path, nth);
        if (nth % 2 === 1) return hit.reply(200, { status: 'running' });
        return hit.reply(200, { status: 'done', images: [{ link: linkOn(hit, `${hit.path.split('/').at(-1)}.png`) }] });
      },
    });
    const directory = join(folder(), 'bought');
    const said = new Said();
    let kills = 0;
    for (let round = 0; round < 15; round++) {
      const killed = await killFour(directory, said, { ORIGIN: server.origin });
      kills += killed;
      const store = createStore({ directory });
      expect(await problemsOf(store, said)).toEqual([]);
      await store.close();
    }
    expect(kills).toBe(60);

    const store = createStore({ directory });
    const images = createImageManager({ providers: { vendor: jobProvider(server, { deadlineMs: 60_000 }) }, store });
    const open = (await images.jobs()).filter(({ provider, state }) => provider === 'vendor' && state === 'running');
    const submits = server.submits();
    // Jobs of the other loops belong to a provider that does not exist here.
    for (const { job, ...outcome } of await images.resumeAll()) {
      if (job.provider === 'vendor') expect([job.id, outcome]).toEqual([job.id, { generation: expect.anything() }]);
    }
    const prompts = (await store.search({ provider: 'vendor', limit: 100_000 })).map(({ prompt }) => prompt);
    const sent = server.hits.filter(({ method, path }) => method === 'POST' && path === '/jobs');
    const asked = sent.map(({ body }) => (JSON.parse(body) as { prompt: string }).prompt);
    await images.close();
    await store.close();

    expect(server.submits()).toBe(submits);
    expect([new Set(asked).size, new Set(prompts).size]).toEqual([asked.length, prompts.length]);
    for (const prompt of said.of('bought')) expect(prompts).toContain(prompt);
    for (const { handle } of open) expect(prompts).toContain(handle?.request.prompt);
    expect([asked.length > 20, open.length > 0]).toEqual([true, true]);
  });

  it('the check finds a store that creates a name before its content', async () => {
    const problems: string[] = [];
    let rounds = 0;
    for (; rounds < 40 && problems.length === 0; rounds++) {
      const directory = join(folder(), `careless-${rounds}`);
      const said = new Said();
      // A process may be the first to meet the other's unfinished file, and ends by itself.
      await killFour(directory, said, { PLANT: '1' }).catch((error: Error) => problems.push(error.message));
      const store = createStore({ directory });
      // The ledger may have its name before its content; then the store reports it at once.
      problems.push(...(await problemsOf(store, said).catch((error: Error) => [error.message])));
      await store.close();
    }
    expect(problems.length).toBeGreaterThan(0);
  });
});
