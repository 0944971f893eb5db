/** Which configuration file is used, and which is never read. */
import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_FILE_BYTES, readConfigFile } from '../../src/config/file/read-config-file.ts';
import { reloadConfig } from '../../src/config/index.ts';
import { startStopwatch } from '../support/stopwatch.ts';
import { createTestHome, failureOf } from './support.ts';

const isPosix = process.getuid !== undefined;
const styleOf = ({ styles }: { styles: object }) => Object.keys(styles);
const file = (name: string) => `styles: { ${name}: a style }\n`;

describe('loadConfig', () => {
  it('returns an empty configuration if there is no file', async () => {
    const { load } = await createTestHome();
    expect(await load()).toMatchObject({ origin: { kind: 'none' }, notices: [], backends: {} });
  });

  it('uses the named file, else IMAGEN_CONFIG, else the project’s file, else the user’s file, and merges nothing', async () => {
    const { load, write, root, projectFile, userFile } = await createTestHome({ IMAGEN_TRUST_PROJECT: '1' });
    await write(userFile, file('user'));
    expect(styleOf(await load())).toEqual(['user']);
    await write(projectFile, file('project'));
    expect(await load()).toMatchObject({ origin: { kind: 'project', path: projectFile }, notices: [] });
    const IMAGEN_CONFIG = await write(join(root, 'variable.yaml'), file('variable'));
    expect(styleOf(await load({ env: { IMAGEN_CONFIG } }))).toEqual(['variable']);
    const path = await write(join(root, 'explicit.yaml'), file('explicit'));
    const config = await load({ path, env: { IMAGEN_CONFIG } });
    expect([config.origin.kind, styleOf(config)]).toEqual(['explicit', ['explicit']]);
  });

  it('looks for the user’s file in XDG_CONFIG_HOME, unless that path is relative', async () => {
    const { load, write, root, userFile } = await createTestHome();
    await write(userFile, file('home'));
    await write(join(root, 'xdg/imagen.yaml'), file('xdg'));
    expect(styleOf(await load({ env: { XDG_CONFIG_HOME: join(root, 'xdg') } }))).toEqual(['xdg']);
    expect(styleOf(await load({ env: { XDG_CONFIG_HOME: 'xdg' } }))).toEqual(['home']);
    expect(styleOf(await load({ env: { XDG_CONFIG_HOME: ' ' } }))).toEqual(['home']);
  });

  it('resolves a named file from the project directory or the home directory, and fails if it does not exist', async () => {
    const { load, write, home, project } = await createTestHome();
    await write(join(home, 'a.yaml'), file('home'));
    await write(join(project, 'b.yaml'), file('near'));
    expect(styleOf(await load({ env: { IMAGEN_CONFIG: '~/a.yaml' } }))).toEqual(['home']);
    expect(styleOf(await load({ env: { IMAGEN_CONFIG: '~\\a.yaml' } }))).toEqual(['home']);
    expect(styleOf(await load({ path: 'b.yaml' }))).toEqual(['near']);
    expect(await failureOf(load({ path: 'c.yaml' }))).toMatchObject({
      code: 'not_configured',
      message: 'c.yaml: there is no such file',
    });
    expect((await failureOf(load({ env: { IMAGEN_CONFIG: 'c.yaml' } }))).hint).toContain('IMAGEN_CONFIG');
  });

  it('accepts an empty file and a file with only comments', async () => {
    const { load, write, userFile } = await createTestHome();
    for (const text of ['', '# nothing yet\n', '---\n', '\ufeffbackends:\nstyles: # none\n']) {
      await write(userFile, text);
      expect(await load()).toMatchObject({ origin: { kind: 'user' }, styles: {} });
    }
  });
});

describe('G04 I12: a project’s file', () => {
  const hostile =
    'backends: { main: { type: openai, base_url: "https://evil.example/v1", api_key_env: OPENAI_API_KEY } }\n';

  it('is not applied until the user trusts the project, and a notice says so', async () => {
    const { load, write, projectFile, userFile, project } = await createTestHome({
      OPENAI_API_KEY: 'sk-mine-0123456789',
    });
    await write(projectFile, hostile);
    const alone = await load();
    expect(alone).toMatchObject({ origin: { kind: 'none' }, backends: {} });
    expect(alone.notices).toEqual([
      expect.stringContaining(`${projectFile} is not applied: the project is not trusted`),
    ]);

    await write(userFile, file('user'));
    expect(await load()).toMatchObject({ origin: { kind: 'user' }, backends: {}, notices: [expect.any(String)] });

    for (const trusted of [project, projectFile]) {
      await write(userFile, `trusted_projects: [${trusted}]\n`);
      expect(await load()).toMatchObject({ origin: { kind: 'project' }, notices: [] });
    }
  });

  it('is trusted if IMAGEN_TRUST_PROJECT is 1, and with no other value', async () => {
    const { load, write, projectFile } = await createTestHome();
    await write(projectFile, file('project'));
    expect((await load({ env: { IMAGEN_TRUST_PROJECT: '1' } })).origin.kind).toBe('project');
    for (const word of ['0', 'true', 'no', '']) {
      expect((await load({ env: { IMAGEN_TRUST_PROJECT: word } })).origin.kind, word).toBe('none');
    }
  });

  it('is trusted by its real path: a link inside a trusted project is not trusted', async () => {
    const { load, write, root, project, projectFile, userFile } = await createTestHome();
    await write(userFile, `trusted_projects: [${project}]\n`);
    await symlink(await write(join(root, 'elsewhere.yaml'), hostile), projectFile);
    expect((await load()).origin.kind).toBe('user');
    await write(userFile, `trusted_projects: [${join(root, 'elsewhere.yaml')}]\n`);
    const { message } = await failureOf(load());
    expect(message).toContain('elsewhere.yaml');
  });

  it('cannot trust itself, and cannot stop the program with a broken link', async () => {
    const { load, write, projectFile, project } = await createTestHome();
    await write(projectFile, `trusted_projects: [${project}]\n`);
    expect((await load()).origin.kind).toBe('none');
    const { message } = await failureOf(load({ env: { IMAGEN_TRUST_PROJECT: '1' } }));
    expect(message).toContain(':1:1: trusted_projects is allowed only in your own file');
    await rm(projectFile);
    await symlink(projectFile, projectFile);
    expect((await load()).notices).toHaveLength(1);
    expect((await failureOf(load({ env: { IMAGEN_TRUST_PROJECT: '1' } }))).message).toContain('form a loop');
  });

  it('needs no trust if it is the user’s own file', async () => {
    const { load, write, home, userFile } = await createTestHome();
    await write(userFile, file('user'));
    const config = await load({ directory: join(home, '.config') });
    expect([config.origin.kind, config.notices]).toEqual(['user', []]);
  });

  it('I12: a .env file beside it is not read', async () => {
    const { load, write, project, userFile } = await createTestHome();
    await write(join(project, '.env'), 'OPENAI_API_KEY=sk-theirs-0123456789\n');
    await write(userFile, 'backends: { openai: }\n');
    expect((await failureOf(load())).message).toContain('OPENAI_API_KEY is not set');
  });

  it('G05: a program beside it is not run, whatever its name', async () => {
    const { load, write, project } = await createTestHome({ IMAGEN_TRUST_PROJECT: '1' });
    const probe = join(project, 'probe');
    const code = `require('node:fs').writeFileSync(${JSON.stringify(probe)}, '')`;
    for (const name of ['imagen.config.js', 'imagen.config.cjs', 'imagen.config.mjs', 'imagen.js', '.imagenrc.js'])
      await write(join(project, name), code);
    expect((await load()).origin.kind).toBe('none');
    await failureOf(load({ path: 'imagen.config.js' }));
    await expect(readConfigFile(probe)).rejects.toMatchObject({ message: expect.stringContaining('ENOENT') });
  });
});

describe.runIf(isPosix)('G06: another user’s file', () => {
  it('is refused by its owner', async () => {
    const { write, root } = await createTestHome();
    const path = await write(join(root, 'a.yaml'), file('a'));
    const stranger = (process.getuid?.() ?? 0) + 1;
    if (process.getuid?.() === 0) {
      await chown(path, stranger, stranger);
      expect((await failureOf(readConfigFile(path))).message).toContain('it belongs to another user');
      expect(await readConfigFile(path, { userId: stranger })).toBe(file('a'));
    } else expect((await failureOf(readConfigFile(path, { userId: stranger }))).message).toContain('another user');
  });

  it('is refused if every user can write to it', async () => {
    const { write, root } = await createTestHome();
    const path = await write(join(root, 'a.yaml'), file('a'));
    await chmod(path, 0o666);
    expect(await failureOf(readConfigFile(path))).toMatchObject({
      code: 'not_configured',
      message: expect.stringContaining('every user can write to it'),
      hint: `Run: chmod o-w ${path}`,
    });
    await chmod(path, 0o664);
    expect(await readConfigFile(path)).toBe(file('a'));
  });
});

describe.runIf(isPosix)('G07: a path that is not a small regular text file', () => {
  it.each([
    ['a directory', (path: string) => mkdir(path), 'not a regular file'],
    ['a FIFO', (path: string) => execFileSync('mkfifo', [path]), 'not a regular file'],
    ['a link to an endless device', (path: string) => symlink('/dev/zero', path), 'not a regular file'],
    ['a link to itself', (path: string) => symlink(path, path), 'form a loop'],
    ['10 MB', (path: string) => writeFile(path, Buffer.alloc(10_000_000, 'a'), { mode: 0o600 }), 'larger than 256 kB'],
    [
      'one byte too many',
      (path: string) => writeFile(path, Buffer.alloc(MAX_FILE_BYTES + 1, '#')),
      'larger than 256 kB',
    ],
    ['UTF-16 text', (path: string) => writeFile(path, Buffer.of(0xff, 0xfe, 0x00)), 'not UTF-8 text'],
  ])('%s is refused at once', async (_, make, expected) => {
    const { load, root } = await createTestHome();
    const path = join(root, 'a.yaml');
    await make(path);
    const elapsedMs = startStopwatch();
    expect(await failureOf(load({ path }))).toMatchObject({
      code: 'not_configured',
      message: expect.stringContaining(expected),
      hint: expect.any(String),
    });
    expect(elapsedMs()).toBeLessThan(1000);
  });

  it('reads a file of unknown size up to the limit and no further', async () => {
    const text = await readConfigFile('/proc/self/status').catch((error: Error) => error.message);
    expect(text).toMatch(/^Name:|cannot read/);
  });
});

describe('G12: reloadConfig', () => {
  it('returns the new configuration if it is valid, and otherwise the old one with the error', async () => {
    const { load, write, userFile, env, project } = await createTestHome();
    const options = { env, directory: project };
    await write(userFile, file('old'));
    const old = await load();
    for (const broken of ['styles: [', 'stiles: {}', 'backends: { openai: }', `styles: &a { x: *a }`]) {
      await write(userFile, broken);
      const { config, error } = await reloadConfig(old, options);
      expect(config).toBe(old);
      expect(error?.message).toContain(`${userFile}:`);
    }
    await rm(userFile);
    expect(await reloadConfig(old, options)).toMatchObject({
      config: old,
      error: { message: `${userFile}: the configuration file no longer exists` },
    });
    await write(userFile, file('new'));
    const { config, error } = await reloadConfig(old, options);
    expect([styleOf(config), error]).toEqual([['new'], undefined]);
  });

  it('reloads the file that was named explicitly', async () => {
    const { load, write, root, env, project } = await createTestHome();
    const path = await write(join(root, 'a.yaml'), file('one'));
    const first = await load({ path });
    await write(path, file('two'));
    expect(styleOf((await reloadConfig(first, { env, directory: project })).config)).toEqual(['two']);
  });
});
