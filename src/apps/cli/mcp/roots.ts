/** The folders whose images agents may use as references. */
import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import { UsageError } from '../usage-error.ts';

export interface RootSources {
  /** The flags `--root`. */
  readonly flags: readonly string[] | undefined;
  /** `mcp.roots` of the configuration. */
  readonly configured: readonly string[] | undefined;
  readonly cwd: string;
}

/** Absolute paths. Without flags and configuration, the current folder, unless it is the home folder or above it. */
export function rootsOf({ flags, configured, cwd }: RootSources, home: string = homedir()): readonly string[] {
  const chosen = flags ?? configured;
  if (chosen !== undefined) return chosen.map((root) => resolve(cwd, root));
  return isHomeOrAbove(cwd, home) ? [] : [cwd];
}

/** A folder with a typing error would allow nothing, and the agent would be told so later. @throws UsageError */
export function requireRoots(flags: readonly string[], cwd: string): void {
  for (const root of flags) {
    const found = statSync(resolve(cwd, root), { throwIfNoEntry: false });
    if (found?.isDirectory()) continue;
    const what = found === undefined ? 'there is no such folder' : 'this is not a folder';
    throw new UsageError(`--root ${quoteName(root, 200)}: ${what}`, 'Correct the path, or create the folder.');
  }
}

/** Some clients start servers in `/` or in the home folder: an agent could then read every image of the user. */
function isHomeOrAbove(folder: string, home: string): boolean {
  const real = realPath(folder);
  for (let above = realPath(home); ; above = dirname(above)) {
    if (above === real) return true;
    if (above === dirname(above)) return dirname(real) === real;
  }
}

/** Resolves symbolic links: one folder may have several paths. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
