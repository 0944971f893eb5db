/** The installers of agent skills, from the registry, find `skills/imagen` in the packed package. Their telemetry is off. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { installHost, packPackage, RuntimeMissing } from '../hosts/support/host-projects.ts';

const run = promisify(execFile);
const TOOLS = { skills: '1.7.4', 'skills-npm': '1.2.1' };
const PACKAGE = 'node_modules/@org/ai-image';

let folder: string;
let project: string;
/** Why the installers are not here. */
let missing: string | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-image-skills-'));
  const source = join(folder, 'source');
  await mkdir(source);
  await writeFile(join(source, 'package.json'), JSON.stringify({ private: true, dependencies: TOOLS }));
  project = join(folder, 'project');
  await installHost(source, project, await packPackage(folder)).catch((error: Error) => {
    if (!(error instanceof RuntimeMissing)) throw error;
    missing = error.message;
  });
});
beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function runTool(name: keyof typeof TOOLS, args: readonly string[]): Promise<string> {
  const path = [dirname(process.execPath), process.env.PATH].join(':');
  const { stdout } = await run(join(project, 'node_modules/.bin', name), args, {
    cwd: project,
    env: { PATH: path, HOME: join(folder, 'home'), CI: '1', DISABLE_TELEMETRY: '1', DO_NOT_TRACK: '1' },
    timeout: 60_000,
  });
  return stdout;
}

/** The files of the skill as agents find them. */
async function readSkill(path: string): Promise<Readonly<Record<string, string>>> {
  const files = (await readdir(path, { recursive: true })).filter((file) => file.endsWith('.md')).sort();
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(join(path, file), 'utf8')] as const)),
  );
}

it('`skills add` copies the skill with its references', async () => {
  await runTool('skills', ['add', `./${PACKAGE}`, '--skill', 'imagen', '--agent', 'claude-code', '--copy', '--yes']);

  const skill = await readSkill(join(project, '.claude/skills/imagen'));
  expect(skill).toEqual(await readSkill('skills/imagen'));
  expect(Object.keys(skill)).toContain('references/errors.md');
});

it('`skills add` finds no skill under another name', async () => {
  const args = ['add', `./${PACKAGE}`, '--skill', 'painter', '--agent', 'claude-code', '--copy', '--yes'];

  await expect(runTool('skills', args)).rejects.toThrow();
  expect(await readdir(join(project, '.claude/skills')).catch(() => [])).not.toContain('painter');
});

it('`skills-npm` links the skill of the installed package', async () => {
  await runTool('skills-npm', ['--source', 'node_modules', '--agents', 'claude-code', '--yes']);

  const linked = await realpath(join(project, '.claude/skills/npm-org-ai-image-imagen'));
  expect(linked).toBe(await realpath(join(project, PACKAGE, 'skills/imagen')));
});
