/** The skill as JSON, the skill for agents with a terminal, and the command `/imagine`. */
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { IMAGE_CREATION_SKILL, TOOL_NAMES } from '../../src/tool/index.ts';
import { imagen, temporaryFolder } from '../apps/cli/support.ts';
import { theProgram } from '../docs/support/cli-page.ts';
import { findFaults, readCommands, splitWords } from './skill-commands.ts';

const FOLDER = 'skills/imagen';
const [skill, command] = await Promise.all([
  readFile(`${FOLDER}/SKILL.md`, 'utf8'),
  readFile('commands/imagine.md', 'utf8'),
]);
const references = await readdir(`${FOLDER}/references`);
const pages = {
  'SKILL.md': skill,
  'commands/imagine.md': command,
  ...Object.fromEntries(
    await Promise.all(
      references.map(async (name) => [name, await readFile(`${FOLDER}/references/${name}`, 'utf8')] as const),
    ),
  ),
};
const program = await theProgram();

/** A token has at least three characters in English. */
const CHARACTERS_PER_TOKEN = 3;
const [, frontmatter = '', body = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(skill) ?? [];
const header = parse(frontmatter);

describe('the skill ImageCreation', () => {
  it('has the fields and values that hosts expect', () => {
    expect(JSON.parse(JSON.stringify(IMAGE_CREATION_SKILL))).toEqual({
      name: 'ImageCreation',
      version: '1.0.0',
      summary: expect.any(String),
      category: 'Creative',
      capability_tags: ['image_generation', 'creative', 'media', 'art'],
      instruction_prompt: expect.stringContaining('generate_image'),
      required_tools: ['generate_image'],
      required_capabilities: ['image_generation', 'creative'],
      safety_notes: expect.stringContaining('consent'),
    });
  });

  it('names only tools that exist', () => {
    const named = IMAGE_CREATION_SKILL.instruction_prompt.match(/\b[a-z]+_images?\b/g) ?? [];

    expect(named).toContain('generate_image');
    for (const name of named) expect(TOOL_NAMES).toContain(name);
  });

  it('L15: tells the agent not to start a call again that may have been charged', () => {
    expect(IMAGE_CREATION_SKILL.instruction_prompt).toMatch(/Never start the same call again/);
  });
});

describe('skills/imagen', () => {
  it('has the header of an agent skill', () => {
    expect(header).toEqual({
      name: 'imagen',
      description: expect.stringContaining('Use it when'),
      license: 'MIT',
      compatibility: expect.any(String),
    });
    expect(FOLDER.split('/').at(-1)).toBe(header.name);
    expect(header.description.length).toBeLessThanOrEqual(1_024);
    expect(header.compatibility.length).toBeLessThanOrEqual(500);
  });

  it('fits into 5,000 tokens, and the details are in references that it links', () => {
    expect(body.length / CHARACTERS_PER_TOKEN).toBeLessThan(5_000);
    for (const name of references) expect(body).toContain(`(references/${name})`);
    const linked = [...body.matchAll(/\(references\/([\w-]+\.md)\)/g)].map(([, name]) => name);
    expect(new Set(linked)).toEqual(new Set(references));
  });

  it('L15: says that a call with an unknown outcome is not repeated', () => {
    expect(body).toContain('Do not run it again');
    expect(body).toContain('imagen jobs resume');
  });
});

describe.each(Object.entries(pages))('%s', (_, page) => {
  const commands = readCommands(page);

  it('shows commands and flags that the program has', () => {
    expect(commands.examples.length).toBeGreaterThan(0);
    expect(findFaults(program, commands)).toEqual([]);
  });

  it('has examples that run with the stub', async () => {
    await using folder = await temporaryFolder();
    const run = (args: readonly string[]) =>
      imagen(args, { cwd: folder.path, env: { AI_IMAGE_PROVIDER: 'stub', HOME: folder.path } });
    const first = await run(['generate', 'an image to work with', '--size', '64x64', '--json']);
    const { id } = JSON.parse(first.stdout).images[0];

    for (const example of commands.examples) {
      const args = splitWords(example)
        .slice(1)
        .map((word) => (word === 'ID' ? id : word === '$ARGUMENTS' ? 'a red fox' : word));
      const { exit, stdout, stderr } = await run(args);
      expect(exit, `${example}\n${stderr}`).toBe(0);
      expect(JSON.parse(stdout), example).toBeTypeOf('object');
    }
  });
});

describe('the check of commands', () => {
  it.for([
    ['a command that does not exist', '```bash\nimagen paint "a fox" --json\n```'],
    ['a flag that does not exist', '```bash\nimagen generate "a fox" --fast\n```'],
    ['a flag of another command', '```bash\nimagen select ID --size 64x64\n```'],
    ['a mentioned command that does not exist', 'Run `imagen jobs fetch`.'],
    ['a mentioned flag that does not exist', 'With `--fast`, it is faster.'],
    ['another program', '```bash\nconvert fox.png fox.jpg\n```'],
  ] as const)('finds %s', ([, page]) => {
    expect(findFaults(program, readCommands(page))).toHaveLength(1);
  });

  it('reads quoted words as a shell does', () => {
    expect(splitWords('imagen generate "a sign: \\"OPEN\\"" --n 2')).toEqual([
      ...['imagen', 'generate', 'a sign: "OPEN"', '--n', '2'],
    ]);
  });
});

describe('/imagine', () => {
  it('runs the command with the prompt of the user', () => {
    expect(command).toContain('imagen generate "$ARGUMENTS" --json');
  });

  it('L16: lets no shell insert the prompt before the agent has read it', () => {
    // In such files, a line with `!` before a command is run by the host, with the text of the user in it.
    expect(command).not.toMatch(/!`|^```!/m);
  });
});
