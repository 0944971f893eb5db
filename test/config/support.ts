/** Shared by the configuration tests: a temporary home and project, and short ways to parse a text. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Environment } from '../../src/config/environment.ts';
import { parseConfig } from '../../src/config/file/parse-config.ts';
import { loadConfig } from '../../src/config/index.ts';
import { type AiImageError, isAiImageError } from '../../src/index.ts';

/** A key that must never appear in a message or result. */
export const KEY = 'sk-proj-A1b2C3d4E5f6G7h8I9j0';

/** Creates an empty home directory, a project directory, and an environment whose HOME is that home. */
export async function createTestHome(env: Environment = {}) {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'ai-image-config-')));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const [home, project] = [join(root, 'home'), join(root, 'project')];
  await mkdir(home);
  await mkdir(project);
  const testEnv: Environment = { HOME: home, ...env };
  return {
    root,
    home,
    project,
    userFile: join(home, '.config/imagen.yaml'),
    projectFile: join(project, 'imagen.yaml'),
    env: testEnv,
    async write(path: string, text: string) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text, { mode: 0o600 });
      return path;
    },
    load: (more: Parameters<typeof loadConfig>[0] = {}) =>
      loadConfig({ directory: project, ...more, env: { ...testEnv, ...more.env } }),
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

/** Returns the error's message and hint, as the command line prints them. */
export async function errorTextOf(text: string, env: Environment = {}): Promise<string> {
  const { message, hint } = await failureOf(parse(text, env));
  return `${message}\n${hint}`;
}
