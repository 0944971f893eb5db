/** What the tests of the configuration share: a home and a project of their own, and texts that are parsed. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import type { Environment } from '../../src/config/environment.ts';
import { parseConfig } from '../../src/config/file/parse-config.ts';
import { loadConfig } from '../../src/config/index.ts';
import { type AiImageError, isAiImageError } from '../../src/index.ts';

/** Never to be seen anywhere. */
export const KEY = 'sk-proj-A1b2C3d4E5f6G7h8I9j0';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A home with nothing in it, a project beside it, and an environment that knows of both. */
export async function createPlace(env: Environment = {}) {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'ai-image-config-')));
  folders.push(root);
  const [home, project] = [join(root, 'home'), join(root, 'project')];
  await mkdir(home);
  await mkdir(project);
  const surroundings: Environment = { HOME: home, ...env };
  return {
    root,
    home,
    project,
    userFile: join(home, '.config/imagen.yaml'),
    projectFile: join(project, 'imagen.yaml'),
    env: surroundings,
    async write(path: string, text: string) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text, { mode: 0o600 });
      return path;
    },
    load: (more: Parameters<typeof loadConfig>[0] = {}) =>
      loadConfig({ directory: project, ...more, env: { ...surroundings, ...more.env } }),
  };
}

export const parse = async (text: string, env: Environment = {}, checkKeys = true) =>
  (await parseConfig(text, { origin: { kind: 'explicit', path: 'imagen.yaml' }, home: '/home/me', env, checkKeys }))
    .config;

export async function failureOf(work: Promise<unknown>): Promise<AiImageError> {
  try {
    await work;
  } catch (error) {
    if (isAiImageError(error)) return error;
    throw error;
  }
  throw new Error('it succeeded');
}

/** Message and hint, as the command line shows them. */
export async function complaintsOf(text: string, env: Environment = {}): Promise<string> {
  const { message, hint } = await failureOf(parse(text, env));
  return `${message}\n${hint}`;
}
