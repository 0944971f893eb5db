import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFinding, OPTIONAL_PACKAGES } from '../../../../src/apps/cli/doctor/check-setup.ts';
import { clockFindings, spaceFinding } from '../../../../src/apps/cli/doctor/check-store.ts';
import { createStore } from '../../../../src/store/index.ts';
import { openVendor, sendJson } from '../../../providers/kit/support/vendor.ts';
import { handleOf } from '../../../store/sample-images.ts';
import { imagen, temporaryFolder } from '../support.ts';

const KEY = 'sk-canary-0123456789abcdef';

interface Found {
  readonly about: string;
  readonly state: string;
  readonly message: string;
  readonly hint?: string;
}

async function openPlace() {
  const folder = await temporaryFolder();
  const home = join(folder.path, 'home');
  await mkdir(home);
  const run = (args: readonly string[], env: Record<string, string> = {}) =>
    imagen(['doctor', ...args], { cwd: folder.path, env: { HOME: home, ...env } });
  return {
    ...{ home, run, path: folder.path, store: join(home, '.local/share/imagen') },
    async look(args: readonly string[] = [], env: Record<string, string> = {}) {
      const { exit, stdout } = await run([...args, '--json'], env);
      const { findings, isSound } = JSON.parse(stdout) as { findings: readonly Found[]; isSound: boolean };
      const of = (about: string) => findings.filter((each) => each.about === about);
      return { exit, isSound, findings, of };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe('imagen doctor', () => {
  it('0: a new machine has no faults, and nothing is written', async () => {
    await using place = await openPlace();
    const { exit, stdout, stderr } = await place.run([]);
    expect(exit).toBe(0);
    expect(stderr).toBe('imagen: no problems found\n');
    const abouts = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(abouts.map(([state]) => state).filter((state) => !['ok', 'note'].includes(state ?? ''))).toEqual([]);
    expect([...new Set(abouts.map(([, about]) => about))]).toEqual([
      ...['node', 'configuration', 'keys', 'backends', 'store', 'space', 'clock', 'packages', 'terminal'],
    ]);
    expect(stdout).toContain(`${place.store} is created with the first image`);
    expect(await readdir(place.home)).toEqual([]);
  });

  it('a used store: reports its content, without network requests', async () => {
    await using place = await openPlace();
    await imagen(['generate', 'fox', '--size', '8x8'], { cwd: place.path, env: { HOME: place.home } });
    const { exit, of } = await place.look([], { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: 'http://127.0.0.1:1' });
    expect(exit).toBe(0);
    expect(of('keys').map(({ message }) => message)).toEqual(['OPENAI_API_KEY is set']);
    expect(of('backends').map(({ message }) => message)).toEqual(['openai is usable (default)']);
    expect(of('store').map(({ message }) => message)).toEqual([
      `${place.store} is writable`,
      expect.stringMatching(/^the latest image is from \d{4}-\d\d-\d\d, the ledger is readable$/),
    ]);
    expect(of('jobs')).toEqual([{ about: 'jobs', state: 'ok', message: 'no open jobs' }]);
    expect(of('online')).toEqual([]);
  });

  it('3: reports every fault of the configuration with its position, and skips checks that depend on it', async () => {
    await using place = await openPlace();
    const file = join(place.path, 'here.yaml');
    await writeFile(file, 'backends:\n  main: { type: opnai }\n  other: { type: opnai }\n', { mode: 0o600 });
    const { exit, isSound, of } = await place.look(['--config', 'here.yaml']);
    expect({ exit, isSound }).toEqual({ exit: 3, isSound: false });
    expect(of('configuration').map(({ state, message }) => [state, message.split(': ')[0]])).toEqual([
      ['fault', `${file}:2:17`],
      ['fault', `${file}:3:18`],
    ]);
    expect([of('store'), of('keys')]).toEqual([[], []]);
    expect(of('terminal')).toHaveLength(1);
    const { stdout, stderr } = await place.run(['--config', 'here.yaml']);
    expect(stdout).toContain('Did you mean openai?');
    expect(stderr).toBe('imagen: 2 problems\n');
  });

  it('3: a backend without its key; an optional backend without one is a note', async () => {
    await using place = await openPlace();
    await writeFile(
      join(place.path, 'here.yaml'),
      'backends:\n  main: { type: openai, api_key_env: MAIN_KEY }\n  drafts: { type: fal, api_key_env: FAL_KEY, optional: true }\n',
      { mode: 0o600 },
    );
    const lacking = await place.look(['--config', 'here.yaml']);
    expect(lacking.exit).toBe(3);
    expect(lacking.of('backends').map(({ state }) => state)).toEqual(['fault', 'note']);
    const { exit, of, findings } = await place.look(['--config', 'here.yaml'], { MAIN_KEY: KEY });
    expect(exit).toBe(0);
    expect(of('keys')).toEqual([{ about: 'keys', state: 'ok', message: 'MAIN_KEY is set' }]);
    expect(JSON.stringify(findings)).not.toContain('canary');
  });

  it('3: AI_IMAGE_PROVIDER names no provider', async () => {
    await using place = await openPlace();
    const { exit, of } = await place.look([], { AI_IMAGE_PROVIDER: 'opnai' });
    expect(exit).toBe(3);
    expect(of('keys')[0]).toMatchObject({ state: 'fault', hint: 'Did you mean openai?' });
  });

  it('3: a truncated ledger, which is not changed', async () => {
    await using place = await openPlace();
    await imagen(['generate', 'fox', '--size', '8x8'], { cwd: place.path, env: { HOME: place.home } });
    const ledger = join(place.store, '.ai-image/money.db');
    await writeFile(ledger, 'no database at all, and long enough to be looked at');
    const { exit, of } = await place.look();
    expect(exit).toBe(3);
    expect(of('store')).toEqual([
      {
        about: 'store',
        state: 'fault',
        message: expect.stringContaining('money.db cannot be read'),
        hint: expect.any(String),
      },
    ]);
    expect(await readFile(ledger, 'utf8')).toContain('no database at all');
  });

  it('3: a file in place of the store', async () => {
    await using place = await openPlace();
    await writeFile(join(place.path, 'taken'), '');
    const { exit, of } = await place.look(['--store', 'taken/deeper']);
    expect({ exit, state: of('store')[0]?.state }).toEqual({ exit: 3, state: 'fault' });
  });

  it('open calls of a dead process are a note that says what to do', async () => {
    await using place = await openPlace();
    const store = createStore({ directory: place.store });
    await store.jobs.begin({ id: 'lost', provider: 'main', model: 'm', reservation: 'r1' });
    await store.jobs.begin({ id: 'paid', provider: 'main', model: 'm', reservation: 'r2' });
    await store.jobs.submitted('paid', { version: 1, provider: 'fal', id: 'job-1' } as never);
    await store.jobs.begin({ id: 'late', provider: 'main', model: 'm', reservation: 'r3' });
    await store.jobs.submitted('late', { ...handleOf('job-2'), submittedAt: '2026-01-01T00:00:00.000Z' });
    await store.close();
    const { exit, of } = await place.look();
    expect(exit).toBe(0);
    expect(of('jobs').map(({ state, message, hint }) => [state, message.split(' ')[0], hint])).toEqual([
      ['note', '1', 'To fetch them: imagen jobs resume'],
      ['note', '1', expect.stringContaining('imagen jobs resume ID')],
      ['note', '1', expect.stringContaining('imagen jobs list')],
    ]);
  });

  it('--online calls the vendors, and a rejected key is a fault', async () => {
    await using place = await openPlace();
    let status = 200;
    await using vendor = await openVendor((_, response) =>
      sendJson(response, { data: [], error: { message: 'no' } }, status),
    );
    const env = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: vendor.url };
    expect((await place.look(['--online'], env)).of('online')[0]).toMatchObject({ state: 'ok' });
    status = 401;
    const { exit, of } = await place.look(['--online'], env);
    expect({ exit, ...of('online')[0] }).toMatchObject({
      exit: 3,
      state: 'fault',
      message: expect.stringContaining('openai is failing'),
    });
    expect(vendor.received).toHaveLength(2);
  });

  it.each([[['--onlin']], [['now']]])('%j is refused', async (args) => {
    await using place = await openPlace();
    expect(await place.run(args)).toMatchObject({ exit: 2, stdout: '' });
  });
});

describe('a check', () => {
  it('compares the Node version with the one that the package needs', () => {
    expect(nodeFinding('22.12.9', '>=22.13').state).toBe('fault');
    expect(nodeFinding('20.99.0', '>=22.13').hint).toBe('Install 22.13 or later.');
    expect(['22.13.0', '22.20.1', '24.0.0'].map((version) => nodeFinding(version, '>=22.13').state)).toEqual([
      'ok',
      'ok',
      'ok',
    ]);
  });

  it('reports how much disk space is free, and whether that is too little', () => {
    expect([50e6, 500e6, 5e9].map((bytes) => spaceFinding(bytes, '/pictures').state)).toEqual(['fault', 'note', 'ok']);
    expect(spaceFinding(123_456_789, '/pictures').message).toBe('123 MB free at /pictures');
  });

  it('reports only certain faults of the clock', () => {
    const stateAt = (now: string, latest?: string) => clockFindings(now, latest)[0]?.state;
    expect(stateAt('1970-01-01T00:00:10Z')).toBe('fault');
    expect(stateAt('2027-01-01T00:00:00Z', '2027-01-03T00:00:00Z')).toBe('fault');
    expect(stateAt('2027-01-01T00:00:00Z', '2027-01-01T09:00:00Z')).toBe('ok');
    expect(stateAt('2031-01-01T00:00:00Z', '2027-01-01T09:00:00Z')).toBe('ok');
  });

  it('names each optional peer of this package', async () => {
    const { peerDependenciesMeta } = JSON.parse(await readFile('package.json', 'utf8'));
    for (const name of Object.keys(OPTIONAL_PACKAGES)) expect(peerDependenciesMeta[name]).toEqual({ optional: true });
    await using place = await openPlace();
    const { of } = await place.look();
    expect(of('packages').map(({ state, message }) => [state, message.split(':')[0]])).toEqual(
      Object.keys(OPTIONAL_PACKAGES).map((name) => ['ok', name]),
    );
  });
});
