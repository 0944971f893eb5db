/** Which configuration file counts, and what it says. The first that is found counts; nothing is merged. */
import { isAbsolute, join, resolve } from 'node:path';
import { AiImageError, isAiImageError } from '../providers/protocol/errors.ts';
import { type Config, type ConfigOrigin, NO_CONFIG } from './config.ts';
import { type Environment, readVariable } from './environment.ts';
import type { ParsedConfig } from './file/parse-config.ts';
import { readConfigFile, realPathOf } from './file/read-file.ts';

export const CONFIG_FILE = 'imagen.yaml';

export interface LoadOptions {
  /** The file to read, before any other. */
  readonly path?: string | undefined;
  /** That of the project. @default the working directory */
  readonly directory?: string | undefined;
  /** @default that of the process */
  readonly env?: Environment | undefined;
  /** Whether the variables that hold keys must be there; `false` to look at a configuration. @default true */
  readonly checkKeys?: boolean | undefined;
}

/**
 * Reads the configuration: `path`, else the file that `IMAGEN_CONFIG` names, else `imagen.yaml` of the project where it is trusted, else
 * `~/.config/imagen.yaml`. No file at all is fine. Reads files and the environment, loads the code of the providers that are named, and
 * makes no call.
 * @throws AiImageError `not_configured`: up to ten faults with line and column, or a file that must not be read
 */
export async function loadConfig(options: LoadOptions = {}): Promise<Config> {
  const { directory = process.cwd(), env = process.env } = options;
  const variable = readVariable('IMAGEN_CONFIG', env);
  const named = options.path ?? variable;
  if (named !== undefined) {
    const kind = options.path === undefined ? 'variable' : 'explicit';
    const path = await realPathOf(resolve(directory, inHome(named, env)));
    if (path === undefined) throw notThere(named, kind);
    const own = ownConfigPath(env);
    const isOwn = own !== undefined && (await realPathOf(own)) === path;
    return (await read({ kind, path }, options, isOwn)).config;
  }
  const own = ownConfigPath(env);
  const user = own === undefined ? undefined : await realPathOf(own);
  const project = await findProject(directory, user);
  const origin = user === undefined ? undefined : ({ kind: 'user', path: user } as const);
  if (project === undefined) return origin === undefined ? NO_CONFIG : (await read(origin, options)).config;
  if (await isTrusted(project, origin, options)) {
    if (typeof project !== 'string') throw project;
    return (await read({ kind: 'project', path: project }, options)).config;
  }
  const config = origin === undefined ? NO_CONFIG : (await read(origin, options)).config;
  return { ...config, notices: [untrusted(join(directory, CONFIG_FILE), own), ...config.notices] };
}

export interface Reloaded {
  /** The new one, or the previous one where the new one is no good. */
  readonly config: Config;
  /** Why the previous one stays. */
  readonly error?: AiImageError;
}

/** Reads again, for programs that go on running: what is wrong or gone leaves everything as it was. Never throws. */
export async function reloadConfig(previous: Config, options: LoadOptions = {}): Promise<Reloaded> {
  const { origin } = previous;
  const path = options.path ?? (origin.kind === 'explicit' ? origin.path : undefined);
  try {
    const config = await loadConfig({ ...options, path });
    if (config.origin.kind !== 'none' || origin.kind === 'none') return { config };
    throw new AiImageError('not_configured', `${origin.path}: the configuration is gone`, {
      hint: 'Put it back, or start again without one.',
    });
  } catch (error) {
    if (isAiImageError(error)) return { config: previous, error };
    const cause = new AiImageError('internal', 'the configuration could not be read again', { cause: error });
    return { config: previous, error: cause };
  }
}

/** The parser loads with the first file: most programs never see one. */
async function read(
  origin: Exclude<ConfigOrigin, { kind: 'none' }>,
  { env = process.env, checkKeys }: LoadOptions,
  isOwn = origin.kind === 'user',
): Promise<ParsedConfig> {
  const text = await readConfigFile(origin.path);
  const { parseConfig } = await import('./file/parse-config.ts');
  return parseConfig(text, { origin, home: homeOf(env), env, checkKeys, isOwn });
}

/** @returns its path without links; what is wrong with the path, which matters only where the project is trusted */
async function findProject(directory: string, user: string | undefined): Promise<string | AiImageError | undefined> {
  try {
    const path = await realPathOf(join(directory, CONFIG_FILE));
    return path === user ? undefined : path;
  } catch (error) {
    if (isAiImageError(error)) return error;
    throw error;
  }
}

/** The user says whom to trust, in the environment or in the user's own file. */
async function isTrusted(
  project: string | AiImageError,
  origin: Extract<ConfigOrigin, { path: string }> | undefined,
  options: LoadOptions,
): Promise<boolean> {
  if (readVariable('IMAGEN_TRUST_PROJECT', options.env) === '1') return true;
  if (origin === undefined || typeof project !== 'string') return false;
  const { trustedProjects } = await read(origin, { ...options, checkKeys: false });
  const paths = await Promise.all(trustedProjects.filter((path) => isAbsolute(path)).map((path) => realPathOf(path)));
  return paths.some((path) => path !== undefined && (path === project || join(path, CONFIG_FILE) === project));
}

const homeOf = (env: Environment): string | undefined => readVariable('HOME', env) ?? readVariable('USERPROFILE', env);

/** Where the user's own file is, or would be. @returns undefined where nobody has a home */
export function ownConfigPath(env: Environment): string | undefined {
  const folder = readVariable('XDG_CONFIG_HOME', env);
  // By its specification a relative one does not count.
  if (folder !== undefined && isAbsolute(folder)) return join(folder, CONFIG_FILE);
  const home = homeOf(env);
  return home === undefined ? undefined : join(home, '.config', CONFIG_FILE);
}

function inHome(path: string, env: Environment): string {
  const home = homeOf(env);
  return home !== undefined && /^~[\\/]/.test(path) ? join(home, path.slice(2)) : path;
}

const notThere = (path: string, kind: 'variable' | 'explicit') =>
  new AiImageError('not_configured', `${path}: there is no such file`, {
    hint: kind === 'variable' ? 'Correct IMAGEN_CONFIG, or unset it.' : 'Correct the path of the configuration.',
  });

const untrusted = (path: string, own: string | undefined) =>
  `${path} is not applied: the project is not trusted. Add it to trusted_projects in ${own ?? 'your own file'}, or set IMAGEN_TRUST_PROJECT=1.`;
