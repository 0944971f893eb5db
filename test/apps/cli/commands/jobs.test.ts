import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { closeServers } from '../../../faults/hostile-server.ts';
import { KEY } from '../../../faults/support.ts';
import { FARM, openJobVendor } from '../job-vendor.ts';
import { imagen } from '../support.ts';
import { openWorkshop } from '../workshop.ts';

afterAll(closeServers);

const PROMPT = 'my secret birthday cake';

/** A vendor whose jobs go on and on until they are told otherwise, and somebody at a terminal. */
async function openFarm(settings: Parameters<typeof openJobVendor>[0] = {}) {
  const vendor = await openJobVendor(settings);
  const shop = await openWorkshop({ env: FARM });
  const flags = await vendor.flags(shop.path);
  const run = (...args: readonly string[]) => shop.run(...flags, ...args);
  /** Begins a job and does not wait for its end. */
  const begin = async () => {
    const begun = await run('generate', PROMPT, '--deadline', '1');
    expect(begun).toMatchObject({ exit: 7, stdout: '' });
    return begun;
  };
  const list = async () => {
    const { stdout } = await run('jobs', 'list', '--json');
    return (JSON.parse(stdout) as { readonly jobs: readonly Record<string, unknown>[] }).jobs;
  };
  return { ...shop, vendor, flags, run, shopRun: shop.run, begin, list };
}

describe('imagen jobs resume', () => {
  it('P2: what the hint of an interrupted call says, fetches its picture: one submit', async () => {
    await using farm = await openFarm();
    const { stderr } = await farm.begin();
    const [, hint = ''] = /To fetch it: imagen (.+)\n/.exec(stderr) ?? [];
    expect(hint).toBe('jobs resume p1');
    farm.vendor.set('succeeded');
    const fetched = await farm.run(...hint.split(' '));
    expect(fetched.exit).toBe(0);
    const [{ path, prompt } = { path: '', prompt: '' }] = await farm.kept();
    expect(fetched.stdout).toBe(`${path}\n`);
    expect(prompt).toBe(PROMPT);
    const sidecar = JSON.parse(await readFile(path.replace(/\.png$/, '.json'), 'utf8'));
    expect(sidecar).toMatchObject({ provider: 'farm', width: 16, job: { id: 'p1' } });
    expect(await farm.list()).toMatchObject([{ id: 'p1', provider: 'farm', state: 'done', isHeld: false }]);
    expect(farm.vendor.submits()).toBe(1);

    // Once more by its id it is the same picture; without an id there is nothing left.
    const polls = farm.vendor.polls();
    expect((await farm.run('jobs', 'resume', 'p1')).stdout).toBe(`${path}\n`);
    expect(farm.vendor.polls()).toBeGreaterThan(polls);
    const none = await farm.run('jobs', 'resume');
    expect(none).toMatchObject({ exit: 0, stdout: '' });
    expect(none.stderr).toContain('no job waits to be fetched');
    expect([(await farm.kept()).length, farm.vendor.submits()]).toEqual([1, 1]);
  });

  it('J22: without ids all are fetched; what failed says why and takes nobody with it', async () => {
    await using farm = await openFarm();
    for (let count = 0; count < 3; count++) await farm.begin();
    farm.vendor.set('succeeded');
    farm.vendor.set('failed', 'p2');
    const { exit, stdout, stderr } = await farm.run('jobs', 'resume');
    expect(exit).toBe(8);
    expect(stdout.trimEnd().split('\n').sort()).toEqual((await farm.kept()).map(({ path }) => path).sort());
    expect(await farm.kept()).toHaveLength(2);
    expect(stderr).toMatch(/p2: .*out of paint.*\(no_image\)/);
    expect((await farm.list()).map(({ id, state }) => `${id} ${state}`).sort()).toEqual([
      'p1 done',
      'p2 failed',
      'p3 done',
    ]);
    expect(farm.vendor.submits()).toBe(3);
  }, 20_000);

  it('--json is one document, also of what failed', async () => {
    await using farm = await openFarm();
    await farm.begin();
    const late = await farm.run('jobs', 'resume', 'p1', '--deadline', '1', '--json');
    expect(late.exit).toBe(7);
    expect(JSON.parse(late.stdout)).toMatchObject({
      fetched: [],
      failed: [{ job: { id: 'p1', state: 'running' }, error: { code: 'timeout', job: { id: 'p1' } } }],
    });
    farm.vendor.set('succeeded');
    const { stdout } = await farm.run('jobs', 'resume', '--json');
    const [{ path, id } = { path: '', id: '' }] = await farm.kept();
    expect(JSON.parse(stdout)).toMatchObject({ fetched: [{ job: { id: 'p1' }, images: [{ id, path }] }], failed: [] });
    for (const text of [late.stdout, late.stderr, stdout]) {
      expect(text).not.toContain(KEY);
      expect(text).not.toContain(PROMPT);
    }
  });

  it('130: Ctrl-C ends the waiting, and says what becomes of the job', async () => {
    await using farm = await openFarm();
    await farm.begin();
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 300);
    const args = [...farm.flags, 'jobs', 'resume', '--json'];
    const env = { HOME: farm.path, ...FARM };
    const { exit, stdout, stderr } = await imagen(args, { cwd: farm.path, env, signal: stopping.signal });
    expect(exit).toBe(130);
    expect(JSON.parse(stdout).failed).toMatchObject([{ job: { id: 'p1' }, error: { code: 'aborted' } }]);
    expect(stderr).toContain('called off where that can be done.');
    expect(stderr).toContain('To fetch it: imagen jobs resume p1');
    expect(farm.vendor.cancels()).toBe(1);
  });

  it('a backend that is no longer in the configuration: the vendor that is named in the job is asked', async () => {
    await using farm = await openFarm();
    await farm.begin();
    const { exit, stderr } = await farm.shopRun('jobs', 'resume');
    expect(exit).toBe(3);
    expect(stderr).toContain('REPLICATE_API_TOKEN');
    expect(await farm.list()).toMatchObject([{ state: 'running' }]);
  });

  it.each([
    [['nobody'], 'there is no job "nobody" on record'],
    [['p1', '--deadline', 'soon'], '--deadline soon is not a whole number'],
    [['--no-store'], 'there is no store'],
    [['p1', '--dedline', '3'], 'Did you mean --deadline?'],
  ])('refuses %j', async (args, message) => {
    await using farm = await openFarm();
    const { exit, stdout, stderr } = await farm.run('jobs', 'resume', ...args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('imagen jobs list', () => {
  it('shows the latest first, with neither prompt nor address', async () => {
    await using farm = await openFarm();
    await farm.begin();
    await farm.begin();
    const { exit, stdout, stderr } = await farm.run('jobs', 'list');
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout).toMatch(
      /^p2 {2}farm {2}black-forest-labs\/flux-schnell {2}running {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}last attempt: timeout: .*\np1 .*\n$/,
    );
    const json = JSON.stringify(await farm.list());
    for (const secret of [PROMPT, farm.vendor.origin, KEY]) expect(stdout + json).not.toContain(secret);
    expect((await farm.run('jobs', 'list', '--limit', '1')).stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  it('J17: tells of a call whose end nobody heard, and what it means', async () => {
    await using farm = await openFarm();
    const store = farm.store();
    await store.jobs.begin({ id: 'call-0123', provider: 'farm', model: 'm', reservation: 'r' });
    await store.close();
    const { stdout, stderr } = await farm.run('jobs', 'list');
    expect(stdout).toMatch(/^call-0123 {2}farm {2}m {2}unknown /);
    expect(stderr).toContain('It may have been charged');
    for (const command of ['resume', 'cancel']) {
      const refused = await farm.run('jobs', command, 'call-0');
      expect(refused).toMatchObject({ exit: 2, stdout: '' });
      expect(refused.stderr).toContain('only farm knows');
    }
    expect([farm.vendor.submits(), farm.vendor.polls()]).toEqual([0, 0]);
  });

  it('says what another process works on, and leaves it alone', async () => {
    await using farm = await openFarm();
    const store = farm.store();
    await store.jobs.begin({ id: 'call-0123', provider: 'farm', model: 'm', reservation: 'r' });
    await store.jobs.submitted('call-0123', {
      ...({ version: 1, provider: 'replicate', model: 'm', id: 'p7', submittedAt: new Date().toISOString() } as const),
      request: { prompt: PROMPT, n: 1 },
    });
    expect((await farm.run('jobs', 'list')).stdout).toMatch(/^p7 .*another process works on it\n$/);
    for (const args of [
      ['resume', 'p7'],
      ['cancel', 'p7'],
    ]) {
      expect(await farm.run('jobs', ...args)).toMatchObject({
        exit: 2,
        stderr: expect.stringContaining('another process is working on p7'),
      });
    }
    expect(await farm.run('jobs', 'resume')).toMatchObject({ exit: 0, stdout: '' });
    await store.close();
    expect(farm.vendor.polls()).toBe(0);
  });

  it('says where it looked when there is nothing', async () => {
    await using farm = await openFarm();
    const { exit, stdout, stderr } = await farm.run('jobs', 'list');
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(stderr).toContain(`no job is on record in ${farm.path}`);
    expect(await farm.list()).toEqual([]);
  });
});

describe('imagen jobs cancel', () => {
  it('calls a job off at its vendor, once, and believes the vendor alone', async () => {
    await using farm = await openFarm();
    await farm.begin();
    const { exit, stdout, stderr } = await farm.run('jobs', 'cancel', 'p1');
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(stderr).toMatch(/p1 is over: .*p1 failed/);
    expect(stderr).toContain('Whether it was charged, farm knows.');
    expect([farm.vendor.submits(), farm.vendor.cancels()]).toEqual([1, 1]);
    expect(await farm.list()).toMatchObject([{ id: 'p1', state: 'failed' }]);
    const again = await farm.run('jobs', 'cancel', 'p1', '--json');
    expect(again.exit).toBe(2);
    expect(JSON.parse(again.stdout).error.message).toContain('p1 is not under way: it is failed');
    expect(farm.vendor.cancels()).toBe(1);
  });

  it('a job that was done meanwhile is paid for: its picture is fetched, and nothing is cancelled', async () => {
    await using farm = await openFarm();
    await farm.begin();
    farm.vendor.set('succeeded');
    const { exit, stdout, stderr } = await farm.run('jobs', 'cancel', 'p1');
    const [{ path } = { path: '' }] = await farm.kept();
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${path}\n` });
    expect(stderr).toContain('p1 was done already; its pictures are kept');
    expect(farm.vendor.cancels()).toBe(0);
  });

  it('7: a vendor that calls nothing off: the job goes on, that is said, and it can be fetched later', async () => {
    await using farm = await openFarm({ cancels: false });
    await farm.begin();
    const { exit, stdout, stderr } = await farm.run('jobs', 'cancel', 'p1', '--json');
    expect(exit).toBe(7);
    expect(JSON.parse(stdout)).toMatchObject({ job: { id: 'p1' }, end: 'goes-on', paths: [] });
    expect(stderr).toContain('To fetch it: imagen jobs resume p1');
    expect(await farm.list()).toMatchObject([{ state: 'running' }]);
    farm.vendor.set('succeeded');
    expect((await farm.run('jobs', 'resume', 'p1')).exit).toBe(0);
    expect([farm.vendor.submits(), (await farm.kept()).length]).toEqual([1, 1]);
  }, 20_000);
});
