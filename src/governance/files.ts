/** Finds and reads source files. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { COMPONENT, scriptsOf } from './script-blocks.ts';

/** Source texts by path, with `/` on every platform. */
export type SourceFiles = Readonly<Record<string, string>>;

const SOURCE = /\.[cm]?[jt]sx?$/;
const DECLARATION = /\.d\.[cm]?ts$/;
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'build', 'coverage']);

export interface ReadSourceOptions {
  /** Paths are relative to this folder. @default the directory */
  readonly root?: string | undefined;
  /** Returns true for paths to skip. */
  readonly isExcluded?: ((path: string) => boolean) | undefined;
}

/**
 * Reads the TypeScript and JavaScript files under a folder, and the script blocks of `.vue`, `.svelte` and `.astro` files. Skips declaration files, `node_modules`, `dist`, `build`, `coverage` and
 * folders whose name starts with a dot.
 */
export async function readSource(directory: string, options: ReadSourceOptions = {}): Promise<SourceFiles> {
  const { root = directory, isExcluded = () => false } = options;
  const entries = await readdir(directory, { withFileTypes: true });
  const found: Record<string, string> = {};
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    const shown = relative(root, path).split(sep).join('/');
    if (isExcluded(shown)) continue;
    if (entry.isDirectory()) {
      const isSkipped = entry.name.startsWith('.') || SKIPPED_FOLDERS.has(entry.name);
      if (!isSkipped) Object.assign(found, await readSource(path, { root, isExcluded }));
    } else if (COMPONENT.test(entry.name)) {
      found[shown] = scriptsOf(entry.name, await readFile(path, 'utf8'));
    } else if (SOURCE.test(entry.name) && !DECLARATION.test(entry.name)) {
      found[shown] = await readFile(path, 'utf8');
    }
  }
  return found;
}
