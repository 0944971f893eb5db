/** The folders of the user who runs the program. */
import { isAbsolute, join } from 'node:path';
import type { CommandContext } from '../context.ts';

type Environment = CommandContext['env'];

export function homeOf(env: Environment): string | undefined {
  const home = (env.HOME ?? env.USERPROFILE ?? '').trim();
  return home === '' ? undefined : home;
}

/** Where the store is unless another place is named. A relative XDG_DATA_HOME does not count. Source: XDG Base Directory Specification. */
export function dataFolder(env: Environment): string | undefined {
  const data = env.XDG_DATA_HOME?.trim();
  if (data && isAbsolute(data)) return join(data, 'imagen');
  const home = homeOf(env);
  return home === undefined ? undefined : join(home, '.local', 'share', 'imagen');
}
