/** The unit that `imagen worker --print-unit` prints. systemd itself checks it where it is installed. */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemdUnit, type UnitSettings, unitNotes } from '../../../../src/apps/cli/service/systemd-unit.ts';
import { imagen, temporaryFolder } from '../support.ts';

const SYSTEM: UnitSettings = {
  command: 'worker',
  isUser: false,
  node: process.execPath,
  imagen: '/opt/imagen/imagen.js',
  flags: [],
  config: undefined,
  store: undefined,
  userName: 'imagen',
};

/** Returns the settings of a unit by name. A name that occurs several times has several values. */
function settingsOf(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, readonly string[]>();
  for (const line of lines) {
    if (line === '' || line.startsWith('#') || /^\[\w+\]$/.test(line)) continue;
    const at = line.indexOf('=');
    expect(at, line).toBeGreaterThan(0);
    const name = line.slice(0, at);
    settings.set(name, [...(settings.get(name) ?? []), line.slice(at + 1)]);
  }
  return settings;
}

const valuesOf = (settings: Partial<UnitSettings>, name: string) =>
  settingsOf(systemdUnit({ ...SYSTEM, ...settings })).get(name);

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

/** @returns what systemd complains about */
async function complaintsOf(unit: string, isUser: boolean): Promise<string> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'imagen-worker.service');
  await writeFile(file, unit);
  const scope = isUser ? ['--user'] : [];
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...scope, 'verify', '--man=no', file], {
    encoding: 'utf8',
    env: { ...process.env, XDG_RUNTIME_DIR: folder.path },
  });
  return status === 0 && stderr === '' ? '' : `${stdout}${stderr}`;
}

describe('imagen worker --print-unit', () => {
  it.each([[[]], [['--user']]])(
    'with %j prints a unit with absolute paths, and says on standard error what to do',
    async (flags) => {
      await using folder = await temporaryFolder();
      const { exit, stdout, stderr } = await imagen(['worker', '--print-unit', ...flags], { cwd: folder.path });
      expect(exit).toBe(0);
      const settings = settingsOf(stdout.trimEnd().split('\n'));
      expect(settings.get('ExecStart')).toEqual([`${process.execPath} ${process.argv[1]} worker`]);
      expect(settings.get('Type')).toEqual(['exec']);
      expect(settings.get('TimeoutStopSec')).toEqual(['40']);
      expect(settings.get('EnvironmentFile')?.[0]).toMatch(/^-/);
      for (const name of ['MemoryDenyWriteExecute', 'WatchdogSec', 'PrivateTmp'])
        expect(settings.has(name)).toBe(false);
      expect(stderr).toContain('enable --now imagen-worker');
    },
  );

  it('names the configuration, the store and the flags of the worker', async () => {
    await using folder = await temporaryFolder();
    await writeFile(
      join(folder.path, 'my images.yaml'),
      'store: { directory: ./gallery }\nbackends: { stub: { type: stub } }\n',
    );
    const args = ['worker', '--print-unit', '--concurrency', '8', '--queue', 'posters', '--config', 'my images.yaml'];
    const { exit, stdout, stderr } = await imagen(args, { cwd: folder.path });
    expect({ exit, stderr: stderr.includes('mkdir -p') }).toEqual({ exit: 0, stderr: true });
    const settings = settingsOf(stdout.trimEnd().split('\n'));
    expect(settings.get('ExecStart')?.[0]).toContain(
      `worker --config "${join(folder.path, 'my images.yaml')}" --concurrency 8 --queue posters`,
    );
    expect(settings.get('ReadWritePaths')?.[0]).toContain(join(folder.path, 'gallery'));
    // The directory of the store is relative.
    expect(settings.get('WorkingDirectory')).toEqual([folder.path]);
  });

  it('is not accepted with flags of a run, and --user not without it', async () => {
    await using folder = await temporaryFolder();
    const wrong = [['--print-unit', '--once'], ['--print-unit', '--json'], ['--print-unit', '--no-store'], ['--user']];
    for (const flags of wrong) {
      const { exit, stdout, stderr } = await imagen(['worker', ...flags], { cwd: folder.path });
      expect({ exit, hasUnit: stdout.includes('[Unit]') }, flags.join(' ')).toEqual({ exit: 2, hasUnit: false });
      expect(stderr).toMatch(/--print-unit|--no-store/);
    }
  });
});

describe('the unit', () => {
  it('of the system keeps its store in /var/lib/imagen unless one is chosen', () => {
    expect(valuesOf({}, 'StateDirectory')).toEqual(['imagen']);
    expect(valuesOf({}, 'Environment')).toContain('XDG_DATA_HOME=%S');
    expect(valuesOf({}, 'ReadWritePaths')).toEqual(['/var/tmp']);
    expect(valuesOf({ store: '/srv/images' }, 'Environment')).not.toContain('XDG_DATA_HOME=%S');
    expect(valuesOf({ store: '/srv/images' }, 'ReadWritePaths')).toEqual(['/srv/images /var/tmp']);
  });

  it('lets the worker write to the directories of usage files', () => {
    expect(valuesOf({ store: '/srv/images', outputs: ['/var/log/my images'] }, 'ReadWritePaths')).toEqual([
      '/srv/images "/var/log/my images" /var/tmp',
    ]);
  });

  it('hides home directories only if nothing that the worker needs is there', () => {
    const node = '/usr/bin/node';
    expect(valuesOf({ node }, 'ProtectHome')).toEqual(['yes']);
    for (const place of ['/home/ada/images', '/root/images', '/home']) {
      expect(valuesOf({ node, store: place }, 'ProtectHome')).toEqual(['read-only']);
      expect(valuesOf({ node, config: place }, 'ProtectHome')).toEqual(['read-only']);
    }
    expect(valuesOf({ node, store: '/homes/images' }, 'ProtectHome')).toEqual(['yes']);
  });

  it('of a user has no settings that need privileges', () => {
    const settings = settingsOf(systemdUnit({ ...SYSTEM, isUser: true, store: join(homedir(), 'images') }));
    for (const name of ['User', 'ProtectHome', 'ProtectSystem', 'CapabilityBoundingSet', 'StateDirectory', 'After']) {
      expect(settings.has(name), name).toBe(false);
    }
    expect(settings.get('WantedBy')).toEqual(['default.target']);
    expect(settings.get('EnvironmentFile')).toEqual(['-%E/imagen/worker.env']);
  });

  it('escapes what systemd would replace or split', () => {
    const [start = ''] =
      valuesOf({ imagen: '/opt/50% "off"/a$b\\c.js', flags: ['--config', '/etc/x y.yaml'] }, 'ExecStart') ?? [];
    expect(start).toBe(`${process.execPath} "/opt/50%% \\"off\\"/a$$b\\\\c.js" worker --config "/etc/x y.yaml"`);
  });

  it('that runs from the cache of npx comes with a warning', () => {
    expect(unitNotes({ ...SYSTEM, imagen: '/root/.npm/_npx/1/imagen.js' }).join('\n')).toContain('npm may delete');
    expect(unitNotes(SYSTEM).join('\n')).not.toContain('npm may delete');
  });

  it.runIf(hasSystemd).each([false, true])('passes the check of systemd (for a user: %s)', async (isUser) => {
    await using folder = await temporaryFolder();
    const main = join(folder.path, 'with space', 'imagen.js');
    await mkdir(join(folder.path, 'with space'));
    await writeFile(main, '');
    const settings = { ...SYSTEM, isUser, imagen: main, flags: ['--config', '/etc/50%.yaml'], store: folder.path };
    const unit = systemdUnit({ ...settings, userName: 'root' }).join('\n');
    expect(await complaintsOf(unit, isUser)).toBe('');
    // The check sees a mistake.
    expect(await complaintsOf(unit.replace('Type=exec', 'Type=exce'), isUser)).toContain('exce');
  });
});
