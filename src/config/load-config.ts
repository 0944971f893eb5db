/** Finds and reads the configuration file. Only the first file found is used; files are not merged. */
import { isAbsolute, join, resolve } from 'node:path';
import { AiImageError, isAiImageError } from '../providers/protocol/errors.ts';
import { type Config, type ConfigOrigin, EMPTY_CONFIG } from './config.ts';
import { type Environment, readVariable } from './environment.ts';
import type { ParsedConfig } from './file/parse-config.ts';
import { readConfigFile, realPathOf } from './file/read-config-file.ts';

export const CONFIG_FILE = 'imagen.yaml';

export interface LoadOptions {
  /** The file to read instead of searching for one. */
  readonly path?: string | undefined;
  /** The project's directory. @default the working directory */
  readonly directory?: string | undefined;
  /** @default the environment of the process */
  readonly env?: Environment | undefined;
  /** Whether the variables that hold keys must be set. Pass `false` to inspect a configuration. @default true */
  readonly checkKeys?: boolean | undefined;
}

/**
 * Reads the configuration from `path`, else the file that `IMAGEN_CONFIG` names, else the project's `imagen.yaml` if the project is trusted,
 * else `~/.config/imagen.yaml`. Without any file, returns an empty configuration. Reads files and the environment, loads the code of the
 * configured providers, and sends nothing.
 * @throws AiImageError `not_configured`: up to ten problems with line and column, or a file that is not allowed;
 *   `storage_failed`: the file cannot be read
 */
export async function loadConfig(options: LoadOptions = {}): Promise<Config> {
  const { directory = process.cwd(), env = process.env } = options;
  const variable = readVariable('IMAGEN_CONFIG', env);
  const named = options.path ?? variable;
  if (named !== undefined) {
    const kind = options.path === undefined ? 'variable' : 'explicit';
    const path = await realPathOf(resolve(directory, expandHome(named, env)));
    if (path === undefined) throw noSuchFileError(named, kind);
    const own = userConfigPath(env);
    const isOwn = own !== undefined && (await realPathOf(own)) === path;
    return (await read({ kind, path }, options, isOwn)).config;
  }
  const own = userConfigPath(env);
  const user = own === undefined ? undefined : await realPathOf(own);
  const project = await findProject(directory, user);
  const origin = user === undefined ? undefined : ({ kind: 'user', path: user } as const);
  if (project === undefined) return origin === undefined ? EMPTY_CONFIG : (await read(origin, options)).config;
  if (await isTrusted(project, origin, options)) {
    if (typeof project !== 'string') throw project;
    return (await read({ kind: 'project', path: project }, options)).config;
  }
  const config = origin === undefined ? EMPTY_CONFIG : (await read(origin, options)).config;
  return { ...config, notices: [untrusted(join(directory, CONFIG_FILE), own), ...config.notices] };
}

export interface Reloaded {
  /** The new configuration, or the previous one if reading failed. */
  readonly config: Config;
  /** Why the previous configuration is still in use. */
  readonly error?: AiImageError;
}

/** Reloads the configuration in a long-running program. If the file is invalid or missing, returns the previous one with `error`. Never throws. */
export async function reloadConfig(previous: Config, options: LoadOptions = {}): Promise<Reloaded> {
  const { origin } = previous;
  const path = options.path ?? (origin.kind === 'explicit' ? origin.path : undefined);
  try {
    const config = await loadConfig({ ...options, path });
    if (config.origin.kind !== 'none' || origin.kind === 'none') return { config };
    throw new AiImageError('not_configured', `${origin.path}: the configuration file no longer exists`, {
      hint: 'Restore the file, or restart without it.',
    });
  } catch (error) {
    if (isAiImageError(error)) return { config: previous, error };
    const reloadError = new AiImageError('internal', 'the configuration could not be reloaded', {
      hint: 'The previous configuration stays in use. See error.cause.',
      cause: error,
    });
    return { config: previous, error: reloadError };
  }
}

/** Loads the YAML parser on first use, because most programs have no configuration file. */
async function read(
  origin: Exclude<ConfigOrigin, { kind: 'none' }>,
  { env = process.env, checkKeys }: LoadOptions,
  isOwn = origin.kind === 'user',
): Promise<ParsedConfig> {
  const text = await readConfigFile(origin.path);
  const { parseConfig } = await import('./file/parse-config.ts');
  return parseConfig(text, { origin, home: homeDirectory(env), env, checkKeys, isOwn });
}

/** @returns the real path, or the error of reading it, which matters only if the project is trusted */
async function findProject(directory: string, user: string | undefined): Promise<string | AiImageError | undefined> {
  try {
    const path = await realPathOf(join(directory, CONFIG_FILE));
    return path === user ? undefined : path;
  } catch (error) {
    if (isAiImageError(error)) return error;
    throw error;
  }
}

/** Only the user can trust a project: in the environment or in the user's own file. */
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

const homeDirectory = (env: Environment): string | undefined =>
  readVariable('HOME', env) ?? readVariable('USERPROFILE', env);

/** Returns the path of the user's own file, whether it exists or not. @returns undefined without a home directory */
export function userConfigPath(env: Environment): string | undefined {
  const folder = readVariable('XDG_CONFIG_HOME', env);
  // The XDG specification says to ignore relative paths.
  if (folder !== undefined && isAbsolute(folder)) return join(folder, CONFIG_FILE);
  const home = homeDirectory(env);
  return home === undefined ? undefined : join(home, '.config', CONFIG_FILE);
}

function expandHome(path: string, env: Environment): string {
  const home = homeDirectory(env);
  return home !== undefined && /^~[\\/]/.test(path) ? join(home, path.slice(2)) : path;
}

const noSuchFileError = (path: string, kind: 'variable' | 'explicit') =>
  new AiImageError('not_configured', `${path}: there is no such file`, {
    hint: kind === 'variable' ? 'Correct IMAGEN_CONFIG, or unset it.' : 'Correct the path of the configuration file.',
  });

const untrusted = (path: string, own: string | undefined) =>
  `${path} is not applied: the project is not trusted. Add its directory to trusted_projects in ${own ?? 'your own file'}, or set IMAGEN_TRUST_PROJECT=1.`;
