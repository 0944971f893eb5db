/** The source tree under test. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ARCHITECTURE, moduleOf } from '../../../src/governance/architecture.ts';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Counted by other means than the checks use, so that a check that sees too little is found out. */
export const sourceFiles: readonly string[] = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
  .map((path) => `src/${path.replaceAll('\\', '/')}`)
  .filter((path) => path.endsWith('.ts'))
  .sort();

/** The files of these rooms; none for a room that has no files yet. */
export function filesOf(...rooms: readonly string[]): readonly string[] {
  return sourceFiles.filter((file) => rooms.includes(moduleOf(ARCHITECTURE, file) ?? ''));
}
