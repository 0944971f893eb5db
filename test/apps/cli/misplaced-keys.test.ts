/** A key that stands where a command expects a name, a value or a file. Other people read the output of commands in logs. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/apps/cli/commands.ts';
import { createProgram } from '../../../src/apps/cli/program.ts';
import { showsKey, VENDOR_KEYS } from '../../support/vendor-keys.ts';
import { imagen, temporaryFolder } from './support.ts';

/** One key with a prefix, and a pair of an id and a secret. */
const KEYS = [VENDOR_KEYS.openai, VENDOR_KEYS.fal];
/** Only where the value comes from a closed list: ids of images and jobs, and the files of the user, may look random. */
const RANDOM = VENDOR_KEYS['azure-openai, new'];

const program = await createProgram(
  COMMANDS.map(({ name }) => name),
  {
    version: '1.2.3',
    stdout: new Writable(),
    onError: () => undefined,
    openContext: () => Promise.reject(new Error('not used')),
    onExit: () => undefined,
  },
);

interface Leaf {
  readonly path: readonly string[];
  readonly command: Command;
}
const leavesOf = (command: Command, path: readonly string[]): readonly Leaf[] =>
  command.commands.length === 0
    ? [{ path, command }]
    : command.commands.flatMap((each) => leavesOf(each, [...path, each.name()]));
const leaves = leavesOf(program, []);

/** Every way to pass the key to a command: as each argument, as the value of each flag, as a flag, and as a further argument. */
function placesOf({ path, command }: Leaf, key: string): readonly (readonly string[])[] {
  const required = command.registeredArguments.filter((each) => each.required).map(() => 'x');
  const flags = command.options.filter((option) => option.required || option.optional);
  return [
    ...command.registeredArguments.map((_, at) => [...path, ...required.toSpliced(at, 1, key)]),
    ...flags.map(({ long }) => [...path, ...required, long ?? '', key]),
    ...flags.map(({ long }) => [...path, ...required, long ?? '', `${key}=1`]),
    [...path, ...required, `--${key}`],
    [...path, ...required, `--${key}=${key}`],
    [...path, ...required, key, key],
    ['--config', key, ...path, ...required],
    ['--store', `${key}/${key}`, ...path, ...required],
  ];
}

/** Commands that generate images in spite of the key take most of the time otherwise. @returns the environment */
async function smallImages(folder: string): Promise<{ readonly IMAGEN_CONFIG: string }> {
  const path = join(folder, 'small.yaml');
  await writeFile(path, 'profiles: { small: { defaults: { size: 64x64 } } }\ndefaults: { profile: small }\n');
  return { IMAGEN_CONFIG: path };
}

async function shownBy(args: readonly string[], cwd: string, env = {}): Promise<string> {
  const { exit, stdout, stderr } = await imagen(args, { cwd, env });
  // A command that succeeds prints what it made: the path that the user chose.
  return exit === 0 ? stderr.replace(/^imagen: images are stored in .*$/m, '') : stdout + stderr;
}

describe('a key in the wrong place', () => {
  it.each(leaves.map((leaf) => [leaf.path.join(' '), leaf] as const))('is not shown by imagen %s', async (_, leaf) => {
    await using folder = await temporaryFolder();
    const env = await smallImages(folder.path);
    const shown: string[] = [];
    for (const key of KEYS) {
      const json = key === VENDOR_KEYS.fal ? ['--json'] : [];
      for (const place of placesOf(leaf, key)) {
        const args = [...place, ...json];
        const text = await shownBy(args, folder.path, env);
        if (showsKey(text, key)) shown.push(`${args.join(' ')}\n${text}`);
      }
    }
    expect(shown).toEqual([]);
  });

  it.each([
    [[RANDOM]],
    [['jobs', RANDOM]],
    [['generate', 'fox', '--provider', RANDOM]],
    [['generate', 'fox', '--size', RANDOM]],
    [['generate', 'fox', '--style', RANDOM]],
    [['generate', 'fox', '--option', RANDOM]],
    [['generate', 'fox', '--option', `${RANDOM}=1`]],
    [['generate', 'fox', '--fallback', RANDOM]],
    [['generate', 'fox', `--${RANDOM}`]],
    [['models', '--provider', RANDOM]],
    [['backends', 'check', RANDOM]],
    [['styles', 'show', RANDOM]],
    [['usage', '--by', RANDOM]],
    [['completion', RANDOM]],
  ])('is not shown where a closed list is expected, even if it has no prefix: imagen %j', async (args) => {
    await using folder = await temporaryFolder();
    expect(showsKey(await shownBy(args, folder.path), RANDOM)).toBe(false);
  });

  it('is looked for in every command', () => {
    expect(leaves.length).toBeGreaterThan(25);
  });
});
