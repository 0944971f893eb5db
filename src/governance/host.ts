/** One call a host app puts into a test. */
import { resolve } from 'node:path';
import { type CheckSourceResult, checkSource } from './check-source.ts';
import { type HostOptions, hostRules } from './host-rules.ts';
import { loadDependencyCruiser } from './peers.ts';
import { dependencyCruiserPreset } from './preset.ts';

export interface HostSourceOptions extends HostOptions {
  /** What paths are told relative to, and where `providerLayer` starts. @default the directory */
  readonly root?: string | undefined;
  /** True for a path that is not checked. */
  readonly isExcluded?: ((path: string) => boolean) | undefined;
}

/**
 * Reads an app's source and finds imports past the entry points of this package, imports of providers or transport outside the
 * provider layer and, when asked, imports of vendors' own SDKs. Imports of every kind count: values, types, dynamic ones,
 * re-exports, `require`, `import('x').T`; of a computed one, the text it begins with.
 * @param directory the folder with the app's source
 * @returns findings with file and line, and how many files each rule looked at
 * @throws Error when ts-morph is not installed, naming the command that installs it
 * @example
 * const { findings } = await checkHostSource('src', { root: '.', providerLayer: 'src/images' });
 * expect(findings.map(formatFinding)).toEqual([]);
 */
export function checkHostSource(directory: string, options: HostSourceOptions = {}): Promise<CheckSourceResult> {
  const { root, isExcluded } = options;
  return checkSource({ directory, root, isExcluded, rules: hostRules(options) });
}

export interface LayerFinding {
  readonly rule: string;
  readonly file: string;
  /** The file or module that is imported. */
  readonly to: string;
}

/**
 * The same by dependency-cruiser, which sees the file that an import leads to, whatever is written in it (aliases, relative paths
 * into `node_modules`). Tells no lines.
 * @param directory the folder with the app's source, relative to `root`
 * @returns findings, and how many files were followed
 * @throws Error when dependency-cruiser is not installed, naming the command that installs it
 */
export async function checkHostLayers(
  directory: string,
  options: HostOptions & { readonly root?: string | undefined } = {},
): Promise<{ readonly findings: readonly LayerFinding[]; readonly checked: number }> {
  const { root = process.cwd() } = options;
  const { cruise } = await loadDependencyCruiser();
  const { forbidden, options: how } = dependencyCruiserPreset(options);
  const { output } = await cruise([directory], {
    ...how,
    baseDir: resolve(root),
    validate: true,
    ruleSet: { forbidden },
  });
  if (typeof output === 'string')
    throw new Error('governance: dependency-cruiser answered with text instead of its result.');
  const { violations, totalCruised } = output.summary;
  return {
    findings: violations.map(({ rule, from, to }) => ({ rule: rule.name, file: from, to })),
    checked: totalCruised,
  };
}
