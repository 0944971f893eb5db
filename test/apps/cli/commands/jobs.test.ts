import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { closeServers, until } from '../../../faults/hostile-server.ts';
import { KEY } from '../../../faults/support.ts';
import { FARM, openJobVendor } from '../job-vendor.ts';
import { imagen } from '../support.ts';
import { openWorkshop } from '../workshop.ts';

afterAll(closeServers);

const PROMPT = 'my secret birthday cake';

/** A vendor whose jobs run until the test ends them, and a command line with a terminal. */
async function openFarm(settings: Parameters<typeof openJobVendor>[0] = {}) {
  const vendor = await openJobVendor(settings);
  const shop = await openWorkshop({ env: FARM });
  const flags = await vendor.flags(shop.path);
  const run = (...args: readonly string[]) => shop.run(...flags, ...args);
  /** Starts a job whose call ends at the deadline. */
  const beginUntilDeadline = async () => {
    const begun = await run('generate', PROMPT, '--deadline', '3');
    expect(begun).toMatchObject({ exit: 7, stdout: '' });
    return begun;
  };
  /** Starts a job whose call ends at once, because its polls are refused. */
  const begin = async () => {
    vendor.refusePolls(true);
    const begun = await run('generate', PROMPT);
    vendor.refusePolls(false);
    expect(begun).toMatchObject({ stdout: '', stderr: expect.stringContaining('imagen jobs resume p') });
  };
  const list = async () => {
    const { stdout } = await run('jobs', 'list', '--json');
    return (JSON.parse(stdout) as { readonly jobs: readonly Record<string, unknown>[] }).jobs;
  };
  return { ...shop, vendor, flags, run, shopRun: shop.run, begin, beginUntilDeadline, list };
}

describe('imagen jobs resume', () => {
  it('U02: the command in the hint of an interrupted call fetches its image, with one submit', async () => {
    await using farm = await openFarm();
    const { stderr } = await farm.beginUntilDeadline();
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

    // Fetching it again by its id gives the same image; without an id nothing is left to fetch.
    const polls = farm.vendor.polls();
    expect((await farm.run('jobs', 'resume', 'p1')).stdout).toBe(`${path}\n`);
    expect(farm.vendor.polls()).toBeGreaterThan(polls);
    const none = await farm.run('jobs', 'resume');
    expect(none).toMatchObject({ exit: 0, stdout: '' });
    expect(none.stderr).toContain('there are no jobs to fetch');
    expect([(await farm.kept()).length, farm.vendor.submits()]).toEqual([1, 1]);
  });

  it('J22: imagen jobs resume fetches all jobs without ids; a failed job gives its reason and does not stop the others', async () => {
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
  });

  it('--json writes one document, with failures too', async () => {
    await using farm = await openFarm();
    await farm.begin();
    const late = await farm.run('jobs', 'resume', 'p1', '--deadline', '3', '--json');
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

  it('130: Ctrl-C stops waiting and says what happens to the job', async () => {
    await using farm = await openFarm();
    await farm.begin();
    const stopping = new AbortController();
    const polls = farm.vendor.polls();
    const whenPolled = until(() => farm.vendor.polls() > polls, 30_000).then(() => stopping.abort());
    const args = [...farm.flags, 'jobs', 'resume', '--json'];
    const env = { HOME: farm.path, ...FARM };
    const { exit, stdout, stderr } = await imagen(args, { cwd: farm.path, env, signal: stopping.signal });
    await whenPolled;
    expect(exit).toBe(130);
    expect(JSON.parse(stdout).failed).toMatchObject([{ job: { id: 'p1' }, error: { code: 'aborted' } }]);
    expect(stderr).toContain('cancelled if the vendor supports it.');
    expect(stderr).toContain('To fetch it: imagen jobs resume p1');
    expect(farm.vendor.cancels()).toBe(1);
  });

  it('asks the vendor of a job whose backend is no longer configured', async () => {
    await using farm = await openFarm();
    await farm.begin();
    const { exit, stderr } = await farm.shopRun('jobs', 'resume');
    expect(exit).toBe(3);
    expect(stderr).toContain('REPLICATE_API_TOKEN');
    expect(await farm.list()).toMatchObject([{ state: 'running' }]);
  });

  it.each([
    [['nobody'], 'no job with the id "nobody" is on record'],
    [['p1', '--deadline', 'soon'], 'invalid --deadline "soon"'],
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
  it('shows the latest first, without prompts and URLs', async () => {
    await using farm = await openFarm();
    await farm.begin();
    await farm.beginUntilDeadline();
    const { exit, stdout, stderr } = await farm.run('jobs', 'list');
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout).toMatch(
      /^p2 {2}farm {2}black-forest-labs\/flux-schnell {2}running {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}last attempt: timeout: .*\np1 .*\n$/,
    );
    const json = JSON.stringify(await farm.list());
    for (const secret of [PROMPT, farm.vendor.origin, KEY]) expect(stdout + json).not.toContain(secret);
    expect((await farm.run('jobs', 'list', '--limit', '1')).stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  it('J17: imagen jobs list explains a call whose outcome is unknown', async () => {
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
      expect(refused.stderr).toContain('Check with farm');
    }
    expect([farm.vendor.submits(), farm.vendor.polls()]).toEqual([0, 0]);
  });

  it('marks a job that another process is working on, and does not touch it', async () => {
    await using farm = await openFarm();
    const store = farm.store();
    await store.jobs.begin({ id: 'call-0123', provider: 'farm', model: 'm', reservation: 'r' });
    await store.jobs.submitted('call-0123', {
      ...({ version: 1, provider: 'replicate', model: 'm', id: 'p7', submittedAt: new Date().toISOString() } as const),
      request: { prompt: PROMPT, n: 1 },
    });
    expect((await farm.run('jobs', 'list')).stdout).toMatch(/^p7 .*another process is working on it\n$/);
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

  it('names the store when there are no jobs', async () => {
    await using farm = await openFarm();
    const { exit, stdout, stderr } = await farm.run('jobs', 'list');
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(stderr).toContain(`no jobs on record in ${farm.path}`);
    expect(await farm.list()).toEqual([]);
  });
});

describe('imagen jobs cancel', () => {
  it('cancels a job at its vendor once, and reports what the vendor says', async () => {
    await using farm = await openFarm();
    await farm.begin();
    const { exit, stdout, stderr } = await farm.run('jobs', 'cancel', 'p1');
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(stderr).toMatch(/p1 has ended: .*p1 failed/);
    expect(stderr).toContain(
      'It may have been charged, so its reservation counts as spent. The usage page of farm shows the amount.',
    );
    expect([farm.vendor.submits(), farm.vendor.cancels()]).toEqual([1, 1]);
    expect(await farm.list()).toMatchObject([{ id: 'p1', state: 'failed' }]);
    const again = await farm.run('jobs', 'cancel', 'p1', '--json');
    expect(again.exit).toBe(2);
    expect(JSON.parse(again.stdout).error.message).toContain('p1 is not running: its state is failed');
    expect(farm.vendor.cancels()).toBe(1);
  });

  it('fetches the image of a job that has finished meanwhile, and cancels nothing', async () => {
    await using farm = await openFarm();
    await farm.begin();
    farm.vendor.set('succeeded');
    const { exit, stdout, stderr } = await farm.run('jobs', 'cancel', 'p1');
    const [{ path } = { path: '' }] = await farm.kept();
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${path}\n` });
    expect(stderr).toContain('p1 had already finished; its images are saved');
    expect(farm.vendor.cancels()).toBe(0);
  });

  it('7: says that the job continues if the vendor cannot cancel, and it can be fetched later', async () => {
    await using farm = await openFarm({ cancels: false });
    await farm.begin();
    const { exit, stdout, stderr } = await farm.run('jobs', 'cancel', 'p1', '--json');
    expect(exit).toBe(7);
    expect(JSON.parse(stdout)).toMatchObject({ job: { id: 'p1' }, end: 'running', paths: [] });
    expect(stderr).toContain('To fetch it: imagen jobs resume p1');
    expect(await farm.list()).toMatchObject([{ state: 'running' }]);
    farm.vendor.set('succeeded');
    expect((await farm.run('jobs', 'resume', 'p1')).exit).toBe(0);
    expect([farm.vendor.submits(), (await farm.kept()).length]).toEqual([1, 1]);
  });
});
