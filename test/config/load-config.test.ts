/** Which file counts, and which is never read. */
import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_FILE_BYTES, readConfigFile } from '../../src/config/file/read-file.ts';
import { reloadConfig } from '../../src/config/index.ts';
import { createPlace, failureOf } from './support.ts';

const isPosix = process.getuid !== undefined;
const styleOf = ({ styles }: { styles: object }) => Object.keys(styles);
const file = (name: string) => `styles: { ${name}: a style }\n`;

describe('the file that counts', () => {
  it('is none where there is none, and that is fine', async () => {
    const { load } = await createPlace();
    expect(await load()).toMatchObject({ origin: { kind: 'none' }, notices: [], backends: {} });
  });

  it('is the one that was named, then that of IMAGEN_CONFIG, then the project’s, then the user’s; nothing is merged', async () => {
    const { load, write, root, projectFile, userFile } = await createPlace({ IMAGEN_TRUST_PROJECT: '1' });
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

  it('of the user lies where XDG_CONFIG_HOME says, unless that is relative', async () => {
    const { load, write, root, userFile } = await createPlace();
    await write(userFile, file('home'));
    await write(join(root, 'xdg/imagen.yaml'), file('xdg'));
    expect(styleOf(await load({ env: { XDG_CONFIG_HOME: join(root, 'xdg') } }))).toEqual(['xdg']);
    expect(styleOf(await load({ env: { XDG_CONFIG_HOME: 'xdg' } }))).toEqual(['home']);
    expect(styleOf(await load({ env: { XDG_CONFIG_HOME: ' ' } }))).toEqual(['home']);
  });

  it('may be named from the working directory or the home, and has to be there', async () => {
    const { load, write, home, project } = await createPlace();
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

  it('may be empty, or nothing but remarks', async () => {
    const { load, write, userFile } = await createPlace();
    for (const text of ['', '# nothing yet\n', '---\n', '\ufeffbackends:\nstyles: # none\n']) {
      await write(userFile, text);
      expect(await load()).toMatchObject({ origin: { kind: 'user' }, styles: {} });
    }
  });
});

describe('G04 I12: the file of a project', () => {
  const hostile =
    'backends: { main: { type: openai, base_url: "https://evil.example/v1", api_key_env: OPENAI_API_KEY } }\n';

  it('is not applied, and the result says so, until the user trusts the project', async () => {
    const { load, write, projectFile, userFile, project } = await createPlace({ OPENAI_API_KEY: 'sk-mine-0123456789' });
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

  it('is trusted by IMAGEN_TRUST_PROJECT=1, and by no other word', async () => {
    const { load, write, projectFile } = await createPlace();
    await write(projectFile, file('project'));
    expect((await load({ env: { IMAGEN_TRUST_PROJECT: '1' } })).origin.kind).toBe('project');
    for (const word of ['0', 'true', 'no', '']) {
      expect((await load({ env: { IMAGEN_TRUST_PROJECT: word } })).origin.kind, word).toBe('none');
    }
  });

  it('is trusted where it really lies: a link in a trusted project leads to no trust', async () => {
    const { load, write, root, project, projectFile, userFile } = await createPlace();
    await write(userFile, `trusted_projects: [${project}]\n`);
    await symlink(await write(join(root, 'elsewhere.yaml'), hostile), projectFile);
    expect((await load()).origin.kind).toBe('user');
    await write(userFile, `trusted_projects: [${join(root, 'elsewhere.yaml')}]\n`);
    const { message } = await failureOf(load());
    expect(message).toContain('elsewhere.yaml');
  });

  it('cannot trust itself, nor stop the program with a broken link', async () => {
    const { load, write, projectFile, project } = await createPlace();
    await write(projectFile, `trusted_projects: [${project}]\n`);
    expect((await load()).origin.kind).toBe('none');
    const { message } = await failureOf(load({ env: { IMAGEN_TRUST_PROJECT: '1' } }));
    expect(message).toContain(':1:1: trusted_projects counts in your own file alone');
    await rm(projectFile);
    await symlink(projectFile, projectFile);
    expect((await load()).notices).toHaveLength(1);
    expect((await failureOf(load({ env: { IMAGEN_TRUST_PROJECT: '1' } }))).message).toContain('in a circle');
  });

  it('that is the user’s own needs no trust', async () => {
    const { load, write, home, userFile } = await createPlace();
    await write(userFile, file('user'));
    const config = await load({ directory: join(home, '.config') });
    expect([config.origin.kind, config.notices]).toEqual(['user', []]);
  });

  it('I12: a .env beside it is not read', async () => {
    const { load, write, project, userFile } = await createPlace();
    await write(join(project, '.env'), 'OPENAI_API_KEY=sk-theirs-0123456789\n');
    await write(userFile, 'backends: { openai: }\n');
    expect((await failureOf(load())).message).toContain('OPENAI_API_KEY is not set');
  });

  it('G05: a program beside it is not run, whatever it is called', async () => {
    const { load, write, project } = await createPlace({ IMAGEN_TRUST_PROJECT: '1' });
    const probe = join(project, 'probe');
    const code = `require('node:fs').writeFileSync(${JSON.stringify(probe)}, '')`;
    for (const name of ['imagen.config.js', 'imagen.config.cjs', 'imagen.config.mjs', 'imagen.js', '.imagenrc.js'])
      await write(join(project, name), code);
    expect((await load()).origin.kind).toBe('none');
    await failureOf(load({ path: 'imagen.config.js' }));
    await expect(readConfigFile(probe)).rejects.toMatchObject({ message: expect.stringContaining('ENOENT') });
  });
});

describe.runIf(isPosix)('G06: a file of somebody else', () => {
  it('is refused by who owns it', async () => {
    const { write, root } = await createPlace();
    const path = await write(join(root, 'a.yaml'), file('a'));
    const stranger = (process.getuid?.() ?? 0) + 1;
    if (process.getuid?.() === 0) {
      await chown(path, stranger, stranger);
      expect((await failureOf(readConfigFile(path))).message).toContain('it belongs to another user');
      expect(await readConfigFile(path, { userId: stranger })).toBe(file('a'));
    } else expect((await failureOf(readConfigFile(path, { userId: stranger }))).message).toContain('another user');
  });

  it('is refused when everybody may write to it', async () => {
    const { write, root } = await createPlace();
    const path = await write(join(root, 'a.yaml'), file('a'));
    await chmod(path, 0o666);
    expect(await failureOf(readConfigFile(path))).toMatchObject({
      code: 'not_configured',
      message: expect.stringContaining('everybody may write to it'),
      hint: `Run: chmod o-w ${path}`,
    });
    await chmod(path, 0o664);
    expect(await readConfigFile(path)).toBe(file('a'));
  });
});

describe.runIf(isPosix)('G07: what only looks like a file', () => {
  it.each([
    ['a directory', (path: string) => mkdir(path), 'no plain file'],
    ['a FIFO', (path: string) => execFileSync('mkfifo', [path]), 'no plain file'],
    ['a link to an endless device', (path: string) => symlink('/dev/zero', path), 'no plain file'],
    ['a link to itself', (path: string) => symlink(path, path), 'in a circle'],
    ['10 MB', (path: string) => writeFile(path, Buffer.alloc(10_000_000, 'a'), { mode: 0o600 }), 'more than 256 kB'],
    ['one byte too many', (path: string) => writeFile(path, Buffer.alloc(MAX_FILE_BYTES + 1, '#')), 'more than 256 kB'],
    ['no text', (path: string) => writeFile(path, Buffer.of(0xff, 0xfe, 0x00)), 'not text in UTF-8'],
  ])('%s is refused at once', async (_, make, expected) => {
    const { load, root } = await createPlace();
    const path = join(root, 'a.yaml');
    await make(path);
    const start = performance.now();
    expect(await failureOf(load({ path }))).toMatchObject({
      code: 'not_configured',
      message: expect.stringContaining(expected),
      hint: expect.any(String),
    });
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('a file that says it is empty and is not is read to the cap and no further', async () => {
    const text = await readConfigFile('/proc/self/status').catch((error: Error) => error.message);
    expect(text).toMatch(/^Name:|is not read/);
  });
});

describe('G12: a configuration that is read again', () => {
  it('takes the place of the old one when it is good, and leaves it when it is not', async () => {
    const { load, write, userFile, env, project } = await createPlace();
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
      error: { message: `${userFile}: the configuration is gone` },
    });
    await write(userFile, file('new'));
    const { config, error } = await reloadConfig(old, options);
    expect([styleOf(config), error]).toEqual([['new'], undefined]);
  });

  it('remembers the file that was named', async () => {
    const { load, write, root, env, project } = await createPlace();
    const path = await write(join(root, 'a.yaml'), file('one'));
    const first = await load({ path });
    await write(path, file('two'));
    expect(styleOf((await reloadConfig(first, { env, directory: project })).config)).toEqual(['two']);
  });
});
