/**
 * E01 to E05 at full size: each file operation fails once, each process is killed at each of them, each combination of directories is full,
 * each stream closes at each moment.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Faults, halfFiles, lost, openWorkplace, start } from '../apps/cli/endings.ts';
import { bundleImagen } from '../apps/cli/process-support.ts';

const imagen = await bundleImagen();
afterAll(imagen.stop);

const WAYS: readonly (readonly string[])[] = [
  ['--no-store'],
  ['--store', 'store'],
  ['-o', 'out/'],
  ['-o', '-', '--no-store'],
  ['--n', '2', '--json', '--store', 'store'],
];

/** Runs the command once for each operation after the payment. @returns how many there were */
async function atEachOperation(
  flags: readonly string[],
  faults: Faults,
  check: (at: number, place: Awaited<ReturnType<typeof openWorkplace>>, run: Promise<Ended>) => Promise<void>,
): Promise<number> {
  for (let at = 0; ; at++) {
    await using place = await openWorkplace();
    const log = join(place.home, 'log');
    const { ended } = start(imagen, place, ['generate', 'fox', ...flags], {
      faults: { ...faults, at },
      env: { FAULTS_LOG: log },
    });
    await check(at, place, ended);
    const count = (await readFile(log, 'utf8').catch(() => '')).split('\n').length - 1;
    if (count <= at) return count;
  }
}

type Ended = Awaited<ReturnType<typeof start>['ended']>;

describe('E03: each file operation fails, one at a time', () => {
  const codes = ['EIO', 'ENOSPC', 'EACCES'];
  const toFiles = WAYS.filter((flags) => !flags.includes('-'));
  it.each(toFiles.flatMap((flags) => codes.map((code) => [code, flags] as const)))('%s, %j', async (code, flags) => {
    const count = await atEachOperation(flags, { code }, async (at, place, run) => {
      const ended = await run;
      expect([at, await lost(place, ended), await halfFiles(place)]).toEqual([at, [], []]);
      expect([0, 9]).toContain(ended.exit);
    });
    expect(count).toBeGreaterThan(4);
  });
});

describe('E05: a signal at each file operation', () => {
  it.each(['SIGHUP', 'SIGTERM', 'SIGINT'])('%s: the image is saved and its path is printed', async (signal) => {
    await atEachOperation(['--store', 'store'], { signal }, async (at, place, run) => {
      const ended = await run;
      expect([at, await lost(place, ended), ended.exit]).toEqual([at, [], 0]);
    });
  });

  it.each([['--store', 'store'], ['--no-store']])('SIGKILL, %s: no partial file is visible', async (...flags) => {
    await atEachOperation(flags, { signal: 'SIGKILL' }, async (_, place, run) => {
      await run;
      expect(await halfFiles(place)).toEqual([]);
      if (flags.includes('store')) {
        expect((await start(imagen, place, ['--store', 'store', 'verify']).ended).exit).toBe(0);
      }
    });
  });
});

describe('E02: every combination of full directories', () => {
  const names = ['out', 'store', 'temporary', 'home'] as const;
  const sets = Array.from({ length: 15 }, (_, at) => names.filter((_name, bit) => ((at + 1) >> bit) & 1));
  it.each(sets.map((full) => [full]))('%j', async (full) => {
    for (const flags of [['--store', 'store'], ['--no-store']]) {
      await using place = await openWorkplace({ images: 3 });
      const pathOf = {
        ...{ out: join(place.cwd, 'out'), store: join(place.cwd, 'store') },
        ...{ temporary: place.temporary, home: place.home },
      };
      const faults = { full: full.map((name) => pathOf[name]) };
      const ended = await start(imagen, place, ['generate', 'fox', ...flags, '-o', 'out/'], { faults }).ended;
      expect(await lost(place, ended)).toEqual([]);
      expect(ended.exit).toBe(full.includes('out') ? 9 : 0);
    }
  });
});

describe('E01: every stream, closed at every moment', () => {
  const redirects = [
    '>&-',
    '2>&-',
    '>&- 2>&-',
    '2>&1 | true',
    '2>&1 | head -1',
    '| true',
    '| head -1',
    '2>&1 >/dev/null | true',
  ];
  it.each(redirects.flatMap((redirect) => WAYS.map((flags) => [redirect, flags] as const)))(
    '%s, %j',
    async (redirect, flags) => {
      await using place = await openWorkplace();
      const ended = await start(imagen, place, ['generate', 'fox', ...flags], { redirect }).ended;
      // Output that the next command read and discarded counts as delivered; images saved elsewhere are found.
      const isDelivered = flags.includes('-') && !redirect.includes('>&-');
      if (!isDelivered) expect((await lost(place, ended)).filter((each) => each.endsWith('is lost'))).toEqual([]);
      expect([0, 9]).toContain(ended.exit);
    },
  );

  it.each(['stdout', 'stderr'] as const)(
    '%s closed before, during and after the call: the other one names the image',
    async (name) => {
      for (const when of ['before', 'during', 'after'] as const) {
        for (const flags of WAYS) {
          await using place = await openWorkplace();
          const { child, ended } = start(imagen, place, ['generate', 'fox', ...flags]);
          if (when === 'before') child[name]?.destroy();
          if (when === 'after') child[name]?.once('data', () => child[name]?.destroy());
          await place.asked;
          if (when === 'during') child[name]?.destroy();
          const end = await ended;
          // When its stream is closed, an image of `-o -` is saved elsewhere; after its first bytes it counts as read.
          expect([when, flags, await lost(place, end)]).toEqual([when, flags, []]);
          expect([0, 9]).toContain(end.exit);
        }
      }
    },
  );
});

/** Only the superuser may mount. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0;

describe.skipIf(!canMount)('E02: a real disk that is full', () => {
  it.each([
    ['--no-store', '-o', 'disk/'],
    ['--store', 'disk/store'],
    ['--store', 'store', '-o', 'disk/'],
  ])('%s %s: saves what fits there and the rest elsewhere, and names all paths', async (...flags) => {
    await using place = await openWorkplace({ images: 8, bytes: 60_000 });
    const disk = join(place.cwd, 'disk');
    await mkdir(disk);
    const size = flags.includes('disk/store') ? '700k' : '150k';
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk]);
    } catch {
      return; // a container may forbid it
    }
    try {
      const ended = await start(imagen, place, ['generate', 'fox', ...flags]).ended;
      expect(await lost(place, ended)).toEqual([]);
      expect(ended.exit).toBe(9);
      expect(ended.stdout.toString()).toContain(disk);
      expect(await halfFiles(place)).toEqual([]);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
