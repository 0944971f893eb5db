/** The completion scripts: their structure is checked, and the installed shells run them. */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { completionPositions, VALUES } from '../../../../src/apps/cli/completion/positions.ts';
import { ABILITIES } from '../../../../src/apps/cli/output/tables/model-texts.ts';
import { IMAGE_FORMATS } from '../../../../src/providers/protocol/vocabulary.ts';
import { theProgram } from '../../../docs/support/cli-page.ts';
import { imagen, temporaryFolder } from '../support.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
const scripts = new Map<string, string>();
const places = completionPositions(await theProgram());

beforeAll(async () => {
  await using folder = await temporaryFolder();
  for (const shell of SHELLS) {
    const { exit, stdout, stderr } = await imagen(['completion', shell], { cwd: folder.path });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    scripts.set(shell, stdout);
  }
});

const isInstalled = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

/** Returns what bash suggests for the last word of a line. */
async function offered(words: readonly string[], cwd: string): Promise<readonly string[]> {
  const file = join(cwd, '.imagen-completion.bash');
  await writeFile(file, scripts.get('bash') ?? '');
  const line = words.map((word) => `'${word}'`).join(' ');
  const script = `source "$1"; COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _imagen; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', script, 'bash', file], {
    cwd,
    encoding: 'utf8',
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout
    .split('\n')
    .filter((each) => each !== '')
    .toSorted();
}

describe('every script', () => {
  it.each(SHELLS)('%s: has every command, every flag of it, and every value of a closed list', (shell) => {
    const script = scripts.get(shell) ?? '';
    expect(places.length).toBeGreaterThan(10);
    for (const { subcommands, flags } of places) {
      for (const { name } of subcommands) expect(script).toMatch(new RegExp(`['": (]${name}[': ]`));
      for (const { names, value } of flags) {
        for (const name of names) {
          const spelt =
            shell === 'fish' ? (name.startsWith('--') ? ` -l ${name.slice(2)} ` : ` -s ${name.slice(1)} `) : name;
          expect(script).toContain(spelt);
        }
        if (value.kind === 'words') expect(script).toContain(value.words.join(' '));
      }
    }
  });

  it.each(SHELLS.filter(isInstalled))('%s: the installed shell can parse it', async (shell) => {
    await using folder = await temporaryFolder();
    // A file, because fish cannot read a script from a pipe of Node.
    const file = join(folder.path, `imagen.${shell}`);
    await writeFile(file, scripts.get(shell) ?? '');
    const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('every closed list belongs to an existing flag or argument', () => {
    const known = places.flatMap(({ flags }) => flags.flatMap(({ names }) => names));
    for (const name of Object.keys(VALUES)) expect([...known, '<shell>']).toContain(name);
    expect(places.find(({ path }) => path === 'completion')?.argument).toEqual({ kind: 'words', words: SHELLS });
  });

  it('includes a new command', async () => {
    const program = await theProgram();
    program.command('planted').option('--seedling <file>', 'nobody wrote it down');
    const planted = completionPositions(program).find(({ path }) => path === 'planted');
    expect(planted?.flags[0]).toMatchObject({ names: ['--seedling'], value: { kind: 'file' } });
  });

  it('--json writes one document', async () => {
    await using folder = await temporaryFolder();
    const { stdout } = await imagen(['completion', 'fish', '--json'], { cwd: folder.path });
    expect(JSON.parse(stdout)).toEqual({ shell: 'fish', script: scripts.get('fish') });
  });

  it.each([
    [['completion', 'bsh'], 'Did you mean bash?'],
    [['completion'], "missing required argument 'shell'"],
    [['completion', 'powershell'], 'Choices: bash, zsh, fish.'],
  ])('%j is refused', async (args, message) => {
    await using folder = await temporaryFolder();
    const { exit, stdout, stderr } = await imagen(args, { cwd: folder.path });
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe.runIf(isInstalled('bash'))('in bash', () => {
  it.each<readonly [readonly string[], readonly string[]]>([
    [['imagen', 'gen'], ['generate']],
    [
      ['imagen', 'config', ''],
      ['check', 'init', 'show'],
    ],
    [['imagen', 'config', 'init', '--pro'], ['--project']],
    [['imagen', 'backends', '--al'], ['--all']],
    [['imagen', 'generate', '--asp'], ['--aspect-ratio']],
    [['imagen', 'generate', '--format', ''], IMAGE_FORMATS.toSorted()],
    [['imagen', 'generate', '--format', '=', 'w'], ['webp']],
    [['imagen', 'generate', '--format', '='], IMAGE_FORMATS.toSorted()],
    [['imagen', 'models', '--can', 'in'], ABILITIES.filter((each) => each.startsWith('in'))],
    [['imagen', '--config', 'config', 'models', '--provider', 'rep'], ['replicate']],
    [['imagen', 'generate', '--style', 'config', '--qual'], ['--quality']],
    [['imagen', 'generate', '--negative', '--format', '--see'], ['--seed']],
    [
      ['imagen', 'completion', ''],
      ['bash', 'fish', 'zsh'],
    ],
    [['imagen', 'generate', '--', '--form'], []],
    [['imagen', 'generate', 'a re'], []],
    [['imagen', 'generate', '--seed', ''], []],
  ])('%j: %j', async (words, wanted) => {
    await using folder = await temporaryFolder();
    expect(await offered(words, folder.path)).toEqual(wanted);
  });

  it('completes files and directories, also with spaces and special characters', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'fox one.png'), '');
    await writeFile(join(folder.path, 'fox *.png'), '');
    await mkdir(join(folder.path, 'foxes'));
    const all = ['fox *.png', 'fox one.png', 'foxes'];
    expect(await offered(['imagen', 'generate', '--input', 'fo'], folder.path)).toEqual(all);
    expect(await offered(['imagen', 'generate', '-o', 'fo'], folder.path)).toEqual(all);
    expect(await offered(['imagen', 'generate', '--mask', '=', 'fox o'], folder.path)).toEqual(['fox one.png']);
    expect(await offered(['imagen', '--store', 'fo'], folder.path)).toEqual(['foxes']);
    expect(await offered(['imagen', 'config', 'check', 'fo'], folder.path)).toEqual(all);
  });
});
