/** E01 to E05: closed streams, full disks, failed file operations, signals. A small selection; test/heavy runs all of them. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { closeServers, until } from '../../faults/hostile-server.ts';
import { isFullSize, someOf } from '../../support/full-size.ts';
import { type Faults, filesBelow, halfFiles, lost, openWorkplace, start, type Workplace, whereIs } from './endings.ts';
import { FARM, openJobVendor } from './job-vendor.ts';
import { bundleImagen } from './process-support.ts';

const imagen = await bundleImagen();
afterAll(imagen.stop);

describe('E01: a closed stream', () => {
  const closed = [
    ['>&- 2>&-', 'both streams closed'],
    ['2>&1 | true', 'a pipe that is closed from the start'],
    ['2>&1 | head -1', 'a pipe for both streams that closes after one line'],
    ['>&-', 'closed standard output'],
    ['2>&-', 'closed standard error'],
  ] as const;
  it.each(someOf(closed, 2))('%s: %s loses no image', async (redirect) => {
    await using place = await openWorkplace();
    const ended = await start(imagen, place, ['generate', 'a red fox', '--no-store'], { redirect }).ended;
    expect((await whereIs(place.paid, place)).get(place.paid[0]!)).toEqual([join(place.cwd, 'a-red-fox.png')]);
    expect(await readdir(place.cwd)).toEqual(['a-red-fox.png']);
    expect(ended.exit).toBe(0);
    const isLeft = redirect === '>&-' || redirect === '2>&-';
    expect(`${ended.stdout}${ended.stderr}`.includes(join(place.cwd, 'a-red-fox.png'))).toBe(isLeft);
  });

  it('stdout closed: the --json document is lost, and standard error names the path', async () => {
    await using place = await openWorkplace();
    const running = start(imagen, place, ['generate', 'fox', '--json'], { redirect: '>&-' });
    const { exit, stderr } = await running.ended;
    expect({ exit, told: stderr.includes(`saved ${join(place.cwd, 'fox.png')}`) }).toEqual({ exit: 0, told: true });
  });

  it('stderr closed during the call: the path of an image that was saved elsewhere is on standard output', async () => {
    await using place = await openWorkplace();
    const faults = { full: [place.cwd] };
    const { child, ended } = start(imagen, place, ['generate', 'fox', '--no-store'], { faults });
    await place.asked;
    child.stderr?.destroy();
    const { exit, stdout } = await ended;
    expect(exit).toBe(9);
    const [path = '', why] = stdout.toString().split('\n');
    expect(dirname(dirname(path))).toBe(place.temporary);
    expect(why).toContain('could not save');
    expect(await readFile(path)).toEqual(expect.objectContaining({ length: expect.any(Number) }));
  });

  it('batch | head: every row is generated once, saved and recorded as done', async () => {
    await using place = await openWorkplace();
    const rows = Array.from({ length: 6 }, (_, at) => `${JSON.stringify({ prompt: `fox ${at}` })}\n`).join('');
    await writeFile(join(place.cwd, 'rows.jsonl'), rows);
    const args = ['batch', 'rows.jsonl', '--concurrency', '2', '--no-store', '-o', 'out/'];
    await start(imagen, place, args, { redirect: '2>&1 | head -2' }).ended;
    expect(place.paid).toHaveLength(6);
    for (const [name, places] of await whereIs(place.paid, place)) expect([name, places.length]).toEqual([name, 1]);
    const again = await start(imagen, place, args).ended;
    expect({ exit: again.exit, paid: place.paid.length }).toEqual({ exit: 0, paid: 6 });
    expect(again.stdout.toString().trim().split('\n')).toHaveLength(6);
  });

  it('9: -o - with a closed descriptor: the image is saved elsewhere and its path is printed', async () => {
    await using place = await openWorkplace();
    const ended = await start(imagen, place, ['generate', 'fox', '-o', '-', '--no-store'], { redirect: '>&-' }).ended;
    expect(ended.exit).toBe(9);
    expect(await lost(place, ended)).toEqual([]);
  });
});

describe('E02: full directories', () => {
  const fullDirectories = [
    [['cwd', 'temporary'], [], 'home'],
    [['cwd', 'temporary', 'home'], [], undefined],
    [['out'], ['--store', 'store', '-o', 'out/'], 'store'],
    [['cwd'], [], 'temporary'],
    [['cwd'], ['--store', 'store'], 'temporary'],
    [['out', 'temporary', 'home'], ['--no-store', '-o', 'out/'], 'cwd'],
  ] as const;
  it.each(someOf<(typeof fullDirectories)[number]>(fullDirectories, 3))(
    '%j, with %j: tries the next directory',
    async (full, flags, next) => {
      await using place = await openWorkplace();
      const pathOf = { cwd: place.cwd, temporary: place.temporary, home: place.home, out: join(place.cwd, 'out') };
      const faults = { full: full.map((name) => pathOf[name]) };
      const store = flags.length === 0 ? ['--no-store'] : flags;
      const ended = await start(imagen, place, ['generate', 'fox', ...store], { faults }).ended;
      expect(ended.exit).toBe(9);
      if (next === undefined) {
        expect(ended.stderr).toMatch(
          /image 1 is lost, because it could not be saved anywhere: could not save .*fox\.png: .*\(ENOSPC\)\. Also tried: .*temporary: .*\(ENOSPC\); /,
        );
        return;
      }
      expect(await lost(place, ended)).toEqual([]);
      const [path = ''] = (await whereIs(place.paid, place)).get(place.paid[0]!) ?? [];
      const folder = next === 'store' ? join(place.cwd, 'store') : pathOf[next];
      expect(path.startsWith(folder)).toBe(true);
      expect(await halfFiles(place)).toEqual([]);
    },
  );

  it('--n 4 with --json: the document names the saved images and those saved elsewhere', async () => {
    await using place = await openWorkplace();
    const faults = { full: [join(place.cwd, 'fox-2.png'), join(place.cwd, 'fox-4.png')] };
    const args = ['generate', 'fox', '--n', '4', '--no-store', '--json'];
    const ended = await start(imagen, place, args, { faults }).ended;
    expect(ended.exit).toBe(9);
    const { images } = JSON.parse(ended.stdout.toString()) as { images: { path: string; fault?: string }[] };
    expect(images.map(({ path }) => basename(path))).toEqual(['fox-1.png', 'fox-2.png', 'fox-3.png', 'fox-4.png']);
    expect(images.map(({ fault }) => fault !== undefined)).toEqual([false, true, false, true]);
    expect(await lost(place, ended)).toEqual([]);
  });

  it('incomplete image data is saved and its path is printed, also without a store', async () => {
    for (const flags of [['--no-store'], []]) {
      await using place = await openWorkplace({ isCut: true });
      const { exit, stderr } = await start(imagen, place, ['generate', 'fox', ...flags]).ended;
      expect(exit).toBe(7);
      const path = / (?:is|are) in (\/\S+)\.$/m.exec(stderr)?.[1] ?? '';
      expect((await readFile(path)).includes(place.paid[0]!)).toBe(true);
    }
  });
});

describe('E03: a failed file operation', () => {
  const failed: readonly (readonly [Faults, string, string])[] = [
    [{ operations: ['sync'], code: 'ERR_ACCESS_DENIED' }, '--no-store', 'not synced to the disk (ERR_ACCESS_DENIED)'],
    [{ operations: ['link'], code: 'EISDIR' }, '--store=store', ''],
    [{ operations: ['close'], code: 'EIO' }, '--store=store', ''],
    [{ operations: ['sync'], throws: true, code: 'Method not implemented' }, '--no-store', 'not synced to the disk'],
    [{ operations: ['sync'], code: 'ERR_ACCESS_DENIED' }, '--store=store', 'not synced to the disk'],
    [{ operations: ['link'], code: 'EISDIR' }, '--no-store', ''],
    [{ operations: ['stat', 'access', 'statfs', 'rm', 'rmdir'], code: 'EIO' }, '--no-store', ''],
  ];
  it.each(someOf(failed, 3))(
    '%j, %s: the image is saved, and a note explains the failure',
    async (faults, flag, note) => {
      await using place = await openWorkplace();
      const ended = await start(imagen, place, ['generate', 'fox', flag], { faults }).ended;
      expect([ended.stderr, ended.exit]).toEqual([expect.stringContaining(note), 0]);
      expect(await lost(place, ended)).toEqual([]);
      if (note !== '') expect(ended.stderr.match(/not synced/g)).toHaveLength(1);
    },
  );

  it('a temporary file that cannot be removed does not make the save fail', async () => {
    await using place = await openWorkplace();
    const faults = { operations: ['unlink'], code: 'EPERM' };
    const ended = await start(imagen, place, ['generate', 'fox', '--no-store'], { faults }).ended;
    expect(ended.exit).toBe(0);
    expect(await lost(place, ended)).toEqual([]);
  });

  const STEP = isFullSize() ? 20 : 50;
  it('each of a selection of operations, one at a time: every image is found again', async () => {
    for (let at = 0, isOver = false; !isOver; at += STEP) {
      await using place = await openWorkplace();
      const log = join(place.home, 'log');
      const faults = { at, code: 'EIO' };
      const running = start(imagen, place, ['generate', 'fox', '--store', 'store'], {
        faults,
        env: { FAULTS_LOG: log },
      });
      const ended = await running.ended;
      expect([at, await lost(place, ended), await halfFiles(place)]).toEqual([at, [], []]);
      expect([0, 9]).toContain(ended.exit);
      isOver = (await readFile(log, 'utf8')).split('\n').length - 1 <= at;
      expect(at).toBeLessThan(200);
    }
  });

  it('the check finds a planted fault: a program that loses its file', async () => {
    await using place = await openWorkplace();
    const ended = await start(imagen, place, ['generate', 'fox', '--no-store'], { faults: { plant: true } }).ended;
    expect(ended.exit).toBe(0);
    expect(await lost(place, ended)).toEqual([`${place.paid[0]} is lost`]);
  });
});

describe('E04: small limits of the system', () => {
  it.each([
    ['-f 100', 'files are limited to 102400 bytes'],
    ['-n 60', 'open files are limited to 60'],
  ])('ulimit %s is refused before the call', async (limit, message) => {
    await using place = await openWorkplace();
    const shell = `ulimit ${limit}; exec "$@"`;
    const { exit, stderr } = await start(imagen, place, ['generate', 'fox'], { shell }).ended;
    expect({ exit, stderr }).toEqual({ exit: 3, stderr: expect.stringContaining(message) });
    expect(place.paid).toEqual([]);
  });

  it('ulimit -v 4000000 is refused before the call, or does no harm', async () => {
    await using place = await openWorkplace();
    const shell = 'ulimit -v 4000000; exec "$@"';
    const ended = await start(imagen, place, ['generate', 'fox', '--no-store'], { shell }).ended;
    // Node 22 reserves 10 GB of address space for its HTTP client; later versions do not.
    const wanted =
      ended.exit === 0
        ? { exit: 0, stderr: expect.any(String), paid: 1 }
        : { exit: 3, stderr: expect.stringContaining('virtual memory'), paid: 0 };
    expect({ exit: ended.exit, stderr: ended.stderr, paid: place.paid.length }).toEqual(wanted);
    expect(await lost(place, ended)).toEqual([]);
  });
});

describe('E05: a signal while the image is saved', () => {
  it.each(someOf(['SIGTERM', 'SIGHUP', 'SIGINT'], 1))('%s: the image is saved all the same', async (signal) => {
    await using place = await openWorkplace();
    const faults = { signal, at: 3 };
    const ended = await start(imagen, place, ['generate', 'fox', '--store', 'store'], { faults }).ended;
    expect(ended.exit).toBe(0);
    expect(await lost(place, ended)).toEqual([]);
  });

  it('SIGKILL: no partial file is visible, and the next command finishes the save', async () => {
    await using place = await openWorkplace();
    const args = ['generate', 'fox', '--store', 'store'];
    const ended = await start(imagen, place, args, { faults: { signal: 'SIGKILL', at: 12 } }).ended;
    expect(ended.exit).toBe('SIGKILL');
    expect(await halfFiles(place)).toEqual([]);
    const { exit } = await start(imagen, place, ['--store', 'store', 'verify']).ended;
    expect(exit).toBe(0);
  });
});

describe('every command that ends with paid images', () => {
  /** Generates an image in the store. @returns its id */
  async function kept(place: Workplace): Promise<string> {
    const { stdout } = await start(imagen, place, ['generate', 'a red fox', '--store', 'store', '--json']).ended;
    await rm(place.env.FAULTS_ARMED ?? '');
    return (JSON.parse(stdout.toString()) as { images: { id: string }[] }).images[0]?.id ?? '';
  }

  const commands: readonly (readonly [string, (id: string) => readonly string[]])[] = [
    ['edit', (id) => ['edit', id, 'add a hat']],
    [
      'generate with variations',
      () => ['generate', 'a {{variation}} fox', '--variation', 'red', '--variation', 'blue'],
    ],
    ['continue', (id) => ['continue', id, 'add a hat']],
    ['history rerun', (id) => ['history', 'rerun', id]],
  ];
  it.each(someOf(commands, 2))('%s: a full target directory and a full store lose nothing', async (_, argsOf) => {
    await using place = await openWorkplace();
    const id = await kept(place);
    const before = place.paid.length;
    const faults = { full: [place.cwd] };
    const ended = await start(imagen, place, ['--store', 'store', ...argsOf(id), '-o', 'out/'], { faults }).ended;
    expect(ended.exit).toBe(9);
    expect(place.paid.length).toBeGreaterThan(before);
    expect(await lost({ ...place, paid: place.paid.slice(before) }, ended)).toEqual([]);
  });

  it('jobs resume: an image that the store cannot save is saved elsewhere, and the job stays recorded', async () => {
    await using place = await openWorkplace();
    const vendor = await openJobVendor();
    const flags = [...(await vendor.flags(place.cwd)), '--store', 'store'];
    vendor.refusePolls(true);
    await start(imagen, place, [...flags, 'generate', 'a fox'], { env: FARM }).ended;
    vendor.refusePolls(false);
    vendor.set('succeeded');
    await writeFile(place.env.FAULTS_ARMED ?? '', '');
    const own = join(place.cwd, 'store', '.ai-image');
    const faults = { full: [join(own, 'incoming'), join(own, 'quarantine')] };
    const { exit, stdout, stderr } = await start(imagen, place, [...flags, 'jobs', 'resume'], { faults, env: FARM })
      .ended;
    expect([stderr, exit]).toEqual([expect.any(String), 9]);
    const [path = ''] = await filesBelow(place.temporary);
    expect((await readFile(path)).subarray(1, 4).toString()).toBe('PNG');
    expect(`${stdout}${stderr}`).toContain(path);
    expect(vendor.submits()).toBe(1);
    await closeServers();
  });

  it('129: SIGHUP while a vendor works: the job is recorded, and fetched later', async () => {
    await using place = await openWorkplace();
    const vendor = await openJobVendor();
    const flags = [...(await vendor.flags(place.cwd)), '--store', 'store'];
    const { child, ended } = start(imagen, place, [...flags, 'generate', 'a fox'], { env: FARM });
    await until(() => vendor.polls() > 0, 10_000);
    child.kill('SIGHUP');
    child.kill('SIGHUP');
    expect((await ended).exit).toBe(129);
    const { stdout } = await start(imagen, place, [...flags, 'jobs', 'list'], { env: FARM }).ended;
    expect(stdout.toString()).toMatch(/^p1 {2}farm /);
    await closeServers();
  });
});

describe('more images than requested', () => {
  it('are numbered, and nothing is overwritten', async () => {
    await using place = await openWorkplace({ images: 3 });
    await writeFile(join(place.cwd, 'fox-2.png'), 'older');
    const ended = await start(imagen, place, ['generate', 'fox', '-o', 'fox.png']).ended;
    expect(ended.exit).toBe(0);
    const names = ['fox.png', 'fox-2-2.png', 'fox-3.png'].map((name) => join(place.cwd, name));
    expect(ended.stdout.toString()).toBe(`${names.join('\n')}\n`);
    expect(await readFile(join(place.cwd, 'fox-2.png'), 'utf8')).toBe('older');
    expect(await lost(place, ended)).toEqual([]);
  });

  it.each([['--no-store'], ['--store=store']])(
    '-o - %s: the first is on standard output, the paths of the others are printed',
    async (flag) => {
      await using place = await openWorkplace({ images: 3 });
      const ended = await start(imagen, place, ['generate', 'fox', '-o', '-', flag]).ended;
      expect(ended.exit).toBe(0);
      expect(ended.stdout.includes(place.paid[0]!)).toBe(true);
      expect(ended.stderr.match(/image [23] is in \S+\.png/g)).toHaveLength(2);
      expect(await lost(place, ended)).toEqual([]);
      expect(await filesBelow(place.temporary)).toHaveLength(flag === '--no-store' ? 2 : 0);
    },
  );
});
