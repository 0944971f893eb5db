/** What a command loads before it answers. A static import in the wrong file would load all of it for every command, unnoticed. */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Help } from 'commander';
import { describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { COMMANDS } from '../../../src/apps/cli/commands.ts';
import { createProgram, type ProgramSettings } from '../../../src/apps/cli/program.ts';
import { streamsOf, temporaryFolder } from './support.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const RECORDER = join(root, 'test/apps/cli/children/record-modules.mjs');
/** A process that compiles every file from TypeScript, on a busy machine. */
const PROCESS_MS = 60_000;

/** Runs the source as a process. @returns its output, and the files that it loaded */
async function trace(...args: readonly string[]) {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'modules.json');
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--no-warnings', '--import', RECORDER, join(root, 'src/apps/cli/main.ts'), ...args],
    { cwd: folder.path, env: { HOME: folder.path, MODULES_FILE: file }, encoding: 'utf8' },
  );
  expect(status).toBe(0);
  const urls = JSON.parse(await readFile(file, 'utf8')) as readonly string[];
  const modules = urls.map((url) => relative(root, fileURLToPath(url)).replaceAll('\\', '/'));
  return { stdout, modules: modules.filter((name) => name !== relative(root, RECORDER)) };
}

/** Modules that make a start slow: commands, what they use, and packages other than the parser. */
const heavy = (modules: readonly string[]) =>
  modules.filter(
    (name) =>
      /^src\/(?:index|apps\/shared|apps\/cli\/commands\/|config|integrations|manager|provenance|providers|transport)/.test(
        name,
      ) ||
      (name.startsWith('src/store/') && !name.startsWith('src/store/files/')) ||
      (name.includes('node_modules/') && !name.includes('node_modules/commander/')),
  );

describe('the start of a command', () => {
  it.each(['--version', '-V'])('%s loads nothing but the entry point', { timeout: PROCESS_MS }, async (flag) => {
    const { stdout, modules } = await trace(flag);
    expect(stdout).toBe(`${packageJson.version}\n`);
    expect(modules.toSorted()).toEqual(['package.json', 'src/apps/cli/main.ts']);
  });

  it.each([['--help'], ['help'], ['--version', '--json']])(
    '%s %s loads no command, no vendor and no schema',
    {
      timeout: PROCESS_MS,
    },
    async (...args) => {
      const { modules } = await trace(...args.filter((arg) => arg !== undefined));
      expect(modules).toContain('src/apps/cli/commands.ts');
      expect(heavy(modules)).toEqual([]);
    },
  );

  it('the help of a command loads this command only, with what it uses', { timeout: PROCESS_MS }, async () => {
    const { stdout, modules } = await trace('completion', '--help');
    expect(stdout).toContain('Usage: imagen completion [options] <shell>');
    expect(modules.filter((name) => name.startsWith('src/apps/cli/commands/'))).toEqual([
      'src/apps/cli/commands/completion.ts',
    ]);
    // The check above is not blind: it sees these modules when they are loaded.
    expect(heavy(modules)).toEqual(expect.arrayContaining(['src/index.ts', 'src/providers/registry.ts']));
  });
});

const settings = (): ProgramSettings => ({
  version: '0.0.0',
  stdout: streamsOf().streams.stdout,
  onError: () => undefined,
  onExit: () => undefined,
  openContext: () => Promise.reject(new Error('no command runs here')),
});

describe('a command that is not loaded', () => {
  it('is listed exactly as when it is loaded', async () => {
    const all = COMMANDS.map(({ name }) => name);
    const [none, loaded] = [await createProgram([], settings()), await createProgram(all, settings())];
    const help = new Help();
    const termOf = ({ name, usage }: { readonly name: string; readonly usage?: string }) =>
      [name, usage].filter(Boolean).join(' ');
    expect(COMMANDS.map(termOf)).toEqual(loaded.commands.map((command) => help.subcommandTerm(command)));
    expect(none.helpInformation()).toBe(loaded.helpInformation());
    expect(none.commands.flatMap(({ options, commands }) => [...options, ...commands])).toEqual([]);
  });

  it('is loaded wherever its name stands', async () => {
    for (const args of [['jobs'], ['help', 'jobs'], ['--config', 'a.yaml', 'jobs', 'list'], ['--', 'jobs']]) {
      const program = await createProgram(args, settings());
      const withParts = program.commands.filter(({ options, commands }) => options.length + commands.length > 0);
      expect(withParts.map((command) => command.name())).toEqual(['jobs']);
    }
  });
});
