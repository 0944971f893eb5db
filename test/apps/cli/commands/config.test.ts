import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configTemplate } from '../../../../src/apps/cli/config-template.ts';
import { parseConfig } from '../../../../src/config/file/parse-config.ts';
import { loadConfig } from '../../../../src/config/index.ts';
import { listProviders } from '../../../../src/index.ts';
import { imagen, temporaryFolder } from '../support.ts';

const KEY = 'sk-canary-0123456789abcdef';

/** Creates a home directory and a project directory. */
async function openPlace() {
  const folder = await temporaryFolder();
  const [home, cwd] = [join(folder.path, 'home'), join(folder.path, 'project')];
  await mkdir(home);
  await mkdir(cwd);
  const run = (args: readonly string[], env: Record<string, string> = {}) =>
    imagen(['config', ...args], { cwd, env: { HOME: home, ...env } });
  const write = async (text: string) => {
    await writeFile(join(cwd, 'here.yaml'), text, { mode: 0o600 });
  };
  return {
    ...{ home, cwd, run, write, file: join(home, '.config/imagen.yaml') },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const parse = async (text: string, env: Record<string, string>) =>
  (await parseConfig(text, { origin: { kind: 'explicit', path: 'imagen.yaml' }, home: '/home/me', env })).config;

describe('imagen config init', () => {
  it('writes a valid file that only the user can read', async () => {
    await using place = await openPlace();
    const { exit, stdout, stderr } = await place.run(['init']);
    expect({ exit, stdout, stderr }).toEqual({ exit: 0, stdout: `${place.file}\n`, stderr: '' });
    expect((await stat(place.file)).mode & 0o777).toBe(0o600);
    const config = await loadConfig({ directory: place.cwd, env: { HOME: place.home } });
    expect(config).toMatchObject({ origin: { kind: 'user', path: place.file }, backends: {}, notices: [] });
    expect((await place.run(['check'])).exit).toBe(0);
  });

  it('names the variables of the keys that are set, but no key', async () => {
    await using place = await openPlace();
    const env = { OPENAI_API_KEY: KEY, GEMINI_API_KEY: '' };
    expect(JSON.parse((await place.run(['init', '--json'], env)).stdout)).toEqual({ path: place.file });
    const text = await readFile(place.file, 'utf8');
    expect(text).toContain('api_key_env: OPENAI_API_KEY');
    expect(text).not.toContain('canary');
    expect(text).not.toContain('gemini');
    const config = await loadConfig({ directory: place.cwd, env: { HOME: place.home, ...env } });
    expect(Object.keys(config.backends)).toEqual(['openai', 'stub']);
    expect(config.defaultBackend).toBe('openai');
  });

  it('never overwrites a file', async () => {
    await using place = await openPlace();
    await place.run(['init']);
    await writeFile(place.file, 'mine');
    const { exit, stdout, stderr } = await place.run(['init'], { OPENAI_API_KEY: KEY });
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain('already exists');
    expect(await readFile(place.file, 'utf8')).toBe('mine');
  });

  it('--project: writes to the current directory and says how to trust it', async () => {
    await using place = await openPlace();
    const { exit, stdout, stderr } = await place.run(['init', '--project']);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${join(place.cwd, 'imagen.yaml')}\n` });
    expect(stderr).toContain('trusted_projects');
    expect(await readdir(place.home)).toEqual([]);
  });

  it.each<Record<string, string>>([
    {},
    Object.fromEntries(
      listProviders().flatMap(({ keyVariables }) => keyVariables.slice(0, 1).map((name) => [name, KEY])),
    ),
  ])('is valid with every setting uncommented (%#)', async (env) => {
    const text = configTemplate(env);
    const all = text.replace(/^#(?! \S)/gm, '');
    expect(all).not.toBe(text);
    const config = await parse(all, { OPENAI_API_KEY: KEY, FAL_KEY: KEY, ...env }).catch(
      (error: Error) => error.message,
    );
    // Some providers need more than a key, so only the missing settings are reported.
    if (typeof config === 'string') {
      for (const line of config.split('\n').slice(1)) expect(line).toMatch(/backends\.[\w-]+/);
      expect(config).not.toMatch(/there is no setting "/);
      return;
    }
    expect(config.budget).toEqual({ perCallUsd: 0.5, perDayUsd: 5, perMonthUsd: 50 });
    expect(Object.keys(config.styles)).toEqual(['house', 'night']);
    expect(config.output.naming).toBe('{date}-{prompt:40}-{id:8}');
  });
});

describe('imagen config show', () => {
  it('without a file: says so, and which file to write', async () => {
    await using place = await openPlace();
    const { exit, stdout, stderr } = await place.run(['show']);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(stderr).toContain(`To write ${place.file}`);
    expect(stderr).toContain(`images are stored in ${join(place.home, '.local/share/imagen')}`);
  });

  it('shows every key as in the file, with names of variables and never their values', async () => {
    await using place = await openPlace();
    await place.write(`
backends:
  main: { type: openai, api_key_env: MAIN_KEY, limits: { max_retries: 2 } }
  drafts: { type: fal, api_key_env: FAL_KEY, optional: true }
budget: { per_day_usd: 5, per_project_usd: { WebSite: 20 } }
profiles: { guest: { allowed_backends: [main], defaults: { backend: main, negative_prompt: text } } }
`);
    const { exit, stdout, stderr } = await place.run(['show', '--config', 'here.yaml'], { MAIN_KEY: KEY });
    expect(exit).toBe(0);
    expect(stdout + stderr).not.toContain('canary');
    expect(stderr).toContain('here.yaml (--config)');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['backends.main.type', 'openai'],
      ['backends.main.api_key_env', 'MAIN_KEY (set)'],
      ['backends.main.limits.max_retries', '2'],
      ['backends.drafts.type', 'fal'],
      ['backends.drafts.optional', 'true'],
      ['backends.drafts.api_key_env', 'FAL_KEY (not set)'],
      ['backends.drafts', 'left out: its key is not set'],
      ['budget.per_day_usd', '5'],
      ['budget.per_project_usd.WebSite', '20'],
      ['profiles.guest.allowed_backends', 'main'],
      ['profiles.guest.defaults.negative_prompt', 'text'],
      ['profiles.guest.defaults.backend', 'main'],
    ]);
    const shown = JSON.parse((await place.run(['show', '--config', 'here.yaml', '--json'])).stdout);
    expect(shown.backends.main).toMatchObject({
      isUsable: false,
      variables: { apiKey: { variable: 'MAIN_KEY', isSet: false } },
    });
  });

  it('G04: imagen ignores the file of an untrusted project, with a note', async () => {
    await using place = await openPlace();
    await writeFile(join(place.cwd, 'imagen.yaml'), 'default_backend: stub\n', { mode: 0o600 });
    const { stdout, stderr } = await place.run(['show']);
    expect(stdout).toBe('');
    expect(stderr).toContain('is not applied: the project is not trusted');
    const trusted = await place.run(['show'], { IMAGEN_TRUST_PROJECT: '1' });
    expect(trusted.stdout).toMatch(/^default_backend +stub$/m);
    expect(trusted.stderr).toContain('(a trusted project)');
  });
});

describe('imagen config check', () => {
  it('3: prints each error on its own line, with its position', async () => {
    await using place = await openPlace();
    await place.write(
      'budgt: {}\nbackends:\n  main: { type: opnai }\n  other: { type: openai, api_key_env: MAIN_KEY }\n',
    );
    const first = await place.run(['check', 'here.yaml']);
    expect(first.exit).toBe(3);
    expect(first.stdout).toBe(
      `${join(place.cwd, 'here.yaml')}:1:1: there is no setting "budgt". Did you mean budget?\n`,
    );
    await place.write('backends:\n  main: { type: opnai }\n  other: { type: openai, api_key_env: MAIN_KEY }\n');
    const { exit, stdout, stderr } = await place.run(['check', 'here.yaml', '--json']);
    expect(exit).toBe(3);
    expect(stderr).toContain('2 errors');
    expect(JSON.parse(stdout)).toMatchObject({
      isSound: false,
      faults: [
        { line: 2, column: 17, hint: 'Did you mean openai?' },
        { line: 3, column: 39, message: expect.stringContaining('MAIN_KEY is not set') },
      ],
    });
  });

  it('--no-keys checks the file only', async () => {
    await using place = await openPlace();
    await place.write('backends:\n  other: { type: openai, api_key_env: MAIN_KEY }\n');
    expect((await place.run(['check', 'here.yaml'])).exit).toBe(3);
    const { exit, stdout, stderr } = await place.run(['check', 'here.yaml', '--no-keys']);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(stderr).toContain('no errors');
  });

  it('0: having no file is not an error', async () => {
    await using place = await openPlace();
    const { exit, stdout } = await place.run(['check', '--json']);
    expect({ exit, ...JSON.parse(stdout) }).toEqual({ exit: 0, path: null, isSound: true, faults: [], notices: [] });
  });

  it.each([
    [['check', 'gone.yaml'], 3, 'no such file'],
    [['check', '.'], 3, 'it is not a regular file'],
    [['chek'], 2, 'Did you mean check?'],
    [['check', '--no-key'], 2, 'Did you mean --no-keys?'],
    [[], 2, 'Usage: imagen config'],
  ])('%j ends with %i', async (args, code, message) => {
    await using place = await openPlace();
    const { exit, stdout, stderr } = await place.run(args);
    expect({ exit, stdout }).toEqual({ exit: code, stdout: '' });
    expect(stderr).toContain(message);
  });
});
