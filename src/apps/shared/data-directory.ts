/** The directories of the user who runs the app. */
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

export function homeDirectory(env: Environment): string | undefined {
  const home = (env.HOME ?? env.USERPROFILE ?? '').trim();
  return home === '' ? undefined : home;
}

/** Returns the default directory of the store. Ignores a relative XDG_DATA_HOME. Source: XDG Base Directory Specification. */
export function dataDirectory(env: Environment): string | undefined {
  const data = env.XDG_DATA_HOME?.trim();
  if (data && isAbsolute(data)) return join(data, 'imagen');
  const home = homeDirectory(env);
  return home === undefined ? undefined : join(home, '.local', 'share', 'imagen');
}
