/** `imagen jobs settle`, open jobs in `jobs list`, and a budget that no flag can bypass. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { closeServers } from '../../../faults/hostile-server.ts';
import { FARM, openJobVendor } from '../job-vendor.ts';
import { openWorkshop, watchStub } from '../workshop.ts';

afterAll(closeServers);

interface Listed {
  readonly id: string | null;
  readonly call: string;
  readonly state: string;
  readonly lastAttempt: { readonly code: string } | null;
  readonly openUntil: string | null;
  readonly settlement: Record<string, unknown> | null;
}

async function openShop(yaml = '') {
  const vendor = await openJobVendor();
  const shop = await openWorkshop({ env: FARM });
  const flags = [...(await vendor.flags(shop.path))];
  if (yaml !== '') {
    const file = join(shop.path, 'farm.yaml');
    const { readFile } = await import('node:fs/promises');
    await writeFile(file, `${await readFile(file, 'utf8')}${yaml}\n`);
  }
  const run = (...args: readonly string[]) => shop.run(...flags, ...args);
  const list = async (...args: readonly string[]) => {
    const { stdout } = await run('jobs', 'list', '--json', ...args);
    return JSON.parse(stdout) as { readonly jobs: readonly Listed[]; readonly more: number; readonly moreOpen: number };
  };
  /** Leaves an unanswered call, as a dead process does. */
  const lose = async (id: string) => {
    const store = shop.store();
    const spending = { micros: 40_000, provider: 'farm', model: 'm', images: 1 };
    const reservation = String(await store.ledger.reserve(spending, [{ name: 'all' }]));
    await store.jobs.begin({ id, provider: 'farm', model: 'm', reservation });
    await store.close();
  };
  const taken = async () => {
    const store = shop.store();
    const micros = await store.ledger.taken('all');
    await store.close();
    return micros;
  };
  return { ...shop, vendor, run, list, lose, taken };
}

describe('imagen jobs settle', () => {
  it.each([
    [['--charged'], { charged: true }, 40_000, 'charged'],
    [['--charged', '--usd', '4'], { charged: true, usd: 4 }, 4_000_000, 'charged 4 USD'],
    [['--not-charged'], { charged: false }, 0, 'not charged'],
  ])('settles an unknown call by the beginning of its id: %j', async (flags, settlement, micros, words) => {
    await using shop = await openShop();
    await shop.lose('call-0123');
    const { exit, stdout } = await shop.run('jobs', 'settle', 'call-0', ...flags);
    expect(exit).toBe(0);
    expect(stdout).toContain(`settled: ${words}, by ${userInfo().username} at 2`);
    expect(await shop.taken()).toBe(micros);
    const by = userInfo().username;
    expect((await shop.list()).jobs).toMatchObject([
      { call: 'call-0123', state: 'failed', settlement: { ...settlement, by } },
    ]);
    expect((await shop.run('jobs', 'list')).stdout).toContain(`settled: ${words}, by ${by}`);

    const again = await shop.run('jobs', 'settle', 'call-0123', '--charged', '--usd', '9', '--json');
    expect(again.exit).toBe(2);
    expect(JSON.parse(again.stdout).error.message).toContain(`was already settled: ${words}, by ${by}`);
    expect([await shop.taken(), shop.vendor.submits()]).toEqual([micros, 0]);
  });

  it('--json writes one document with the settlement', async () => {
    await using shop = await openShop();
    await shop.lose('call-0123');
    const { stdout } = await shop.run('jobs', 'settle', 'call-0123', '--not-charged', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      job: { call: 'call-0123', state: 'failed', settlement: { charged: false } },
    });
  });

  it.each([
    [['call-0'], 'Use either --charged or --not-charged.'],
    [['call-0', '--charged', '--not-charged'], 'Use either --charged or --not-charged.'],
    [['call-0', '--not-charged', '--usd', '1'], '--usd needs --charged'],
    [['call-0', '--charged', '--usd', '-1'], 'Use an amount in dollars'],
    [['call-0', '--charged', '--usd', '0x10'], 'Use an amount in dollars'],
    [['nobody', '--charged'], 'no job with the id "nobody" is on record'],
  ])('refuses %j and changes nothing', async (args, message) => {
    await using shop = await openShop();
    await shop.lose('call-0123');
    const { exit, stdout, stderr } = await shop.run('jobs', 'settle', ...args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect([await shop.taken(), (await shop.list()).jobs[0]?.state]).toEqual([40_000, 'unknown']);
  });

  it('refuses a job that another process is working on', async () => {
    await using shop = await openShop();
    const store = shop.store();
    await store.jobs.begin({ id: 'call-0123', provider: 'farm', model: 'm', reservation: 'r' });
    const { exit, stderr } = await shop.run('jobs', 'settle', 'call-0123', '--charged');
    expect([exit, stderr.includes('a process is working on')]).toEqual([2, true]);
    await store.close();
  });
});

describe('imagen jobs list', () => {
  it('says how to settle an unknown or expired job, and why a job was not fetched', async () => {
    await using shop = await openShop('jobs: { keep_open_days: 0 }');
    await shop.run('generate', 'a red fox', '--deadline', '3');
    await shop.lose('call-0123');
    const { stdout, stderr } = await shop.run('jobs', 'list');
    expect(stdout).toMatch(/^p1 .* expired .*last attempt: timeout: /m);
    expect(stdout).toMatch(/^call-0123 .* unknown /m);
    expect(stderr).toContain('imagen jobs resume p1');
    expect(stderr).toContain('imagen jobs settle call-0123 --charged');
    const { jobs } = await shop.list();
    expect(jobs.find(({ id }) => id === 'p1')).toMatchObject({
      state: 'expired',
      lastAttempt: { code: 'timeout' },
      openUntil: expect.stringMatching(/^2/),
    });
    // Without an id it is not fetched; with its id it is.
    shop.vendor.set('succeeded');
    expect((await shop.run('jobs', 'resume')).stderr).toContain('there are no jobs to fetch');
    expect((await shop.run('jobs', 'resume', 'p1')).exit).toBe(0);
    expect([(await shop.kept()).length, shop.vendor.submits()]).toEqual([1, 1]);
  });

  it('--limit reports how many more there are, and how many of them are open', async () => {
    await using shop = await openShop();
    for (const id of ['call-1', 'call-2', 'call-3']) await shop.lose(id);
    const { stdout, stderr } = await shop.run('jobs', 'list', '--limit', '1');
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain('2 more are on record, 2 of them open. To see all: --limit 3');
    expect(await shop.list('--limit', '1')).toMatchObject({ more: 2, moreOpen: 2 });
  });
});

describe('a configured budget', () => {
  const BUDGET = 'budget: { per_day_usd: 5 }';
  async function openStubShop(yaml: string, backends = 'backends:\n  stub:\n') {
    const shop = await openWorkshop();
    const file = join(shop.path, 'imagen.yaml');
    await writeFile(file, `${backends}${yaml}\n`);
    const run = (...args: readonly string[]) => shop.run('--config', file, ...args);
    return { ...shop, run };
  }

  it.each([
    [['generate', 'a red fox', '--no-store'], '--no-store cannot be used: the configured budget needs its ledger'],
    [['generate', 'a red fox', '--store', 'elsewhere'], '--store elsewhere cannot be used: the configured budget'],
    [
      ['generate', 'a {{variation}} fox', '--variation', 'red', '--no-store'],
      '--no-store cannot be used: the configured budget',
    ],
    [['batch', 'rows.jsonl', '--store', 'elsewhere'], '--store elsewhere cannot be used: the configured budget'],
  ])('cannot be bypassed: %j', async (args, message) => {
    await using shop = await openStubShop(BUDGET);
    await writeFile(join(shop.path, 'rows.jsonl'), '{"prompt":"a red fox"}\n');
    const { exit, stdout, stderr } = await shop.run(...args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(await shop.kept()).toEqual([]);
  });

  it('is refused where there is no directory for its ledger', async () => {
    await using shop = await openWorkshop({ env: { HOME: '' } });
    const stub = watchStub();
    const file = join(shop.path, 'imagen.yaml');
    await writeFile(file, `backends:\n  stub:\n${BUDGET}\n`);
    const { exit, stderr } = await shop.run('--config', file, 'generate', 'a red fox');
    expect([exit, stderr.includes('no directory for its ledger'), stub.calls.length]).toEqual([2, true, 0]);
  });

  it('accepts its own directory under another path, a plan, and another store for reading', async () => {
    await using shop = await openStubShop(`store: { directory: images }\n${BUDGET}`);
    await mkdir(join(shop.path, 'images'));
    await symlink(join(shop.path, 'images'), join(shop.path, 'link'));
    for (const args of [
      ['generate', 'a red fox', '--size', '64x64', '--store', 'images'],
      ['generate', 'a grey fox', '--size', '64x64', '--store', 'link'],
      ['generate', 'a red fox', '--plan', '--no-store'],
      ['usage', '--store', 'link'],
    ]) {
      expect(await shop.run(...args)).toMatchObject({ exit: 0 });
    }
    expect(await shop.kept('--store', 'images')).toHaveLength(2);
  });

  it('a configured budget without limits allows --no-store', async () => {
    await using shop = await openStubShop('budget: { allow_unpriced: [stub/stub-1] }');
    const { exit } = await shop.run('generate', 'a red fox', '--size', '64x64', '--no-store');
    expect(exit).toBe(0);
  });

  it('counts one run of the program, or one batch, as a session', async () => {
    const yaml = 'budget: { per_session_usd: 0.15 }';
    await using shop = await openStubShop(yaml, '');
    watchStub({ costUsd: 0.1 });
    const rows = ['red', 'grey', 'white'].map((colour) => JSON.stringify({ prompt: `a ${colour} fox`, size: '64x64' }));
    await writeFile(join(shop.path, 'rows.jsonl'), `${rows.join('\n')}\n`);
    const batch = await shop.run('batch', 'rows.jsonl', '--concurrency', '1');
    expect(batch.stderr).toContain('0.15 USD for session');
    expect(batch.exit).toBe(8);
    const varied = await shop.run(
      ...['generate', 'a {{variation}} hare', '--size', '64x64', '--concurrency', '1'],
      ...['red', 'grey', 'white'].flatMap((each) => ['--variation', each]),
    );
    expect([varied.exit, varied.stderr.includes('0.15 USD for session')]).toEqual([8, true]);
    // Another run is another session.
    expect((await shop.run('generate', 'a fox', '--size', '64x64')).exit).toBe(0);
  });
});
