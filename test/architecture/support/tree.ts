/** Lists the source files under test. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ARCHITECTURE, moduleOf } from '../../../src/governance/architecture.ts';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Listed independently of the checks, so that a check that misses files is noticed. */
export const sourceFiles: readonly string[] = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
  .map((path) => `src/${path.replaceAll('\\', '/')}`)
  .filter((path) => path.endsWith('.ts'))
  .sort();

/** Returns the files of these modules; none for a planned module. */
export function filesOf(...modules: readonly string[]): readonly string[] {
  return sourceFiles.filter((file) => modules.includes(moduleOf(ARCHITECTURE, file) ?? ''));
}
