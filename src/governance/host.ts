/** Checks that a host app calls in its tests. */
import { resolve } from 'node:path';
import { type CheckSourceResult, checkSource } from './check-source.ts';
import { type HostOptions, hostRules } from './host-rules.ts';
import { loadDependencyCruiser } from './peers.ts';
import { dependencyCruiserPreset } from './preset.ts';

export interface HostSourceOptions extends HostOptions {
  /** Findings and `providerLayer` are relative to this folder. @default the directory */
  readonly root?: string | undefined;
  /** Returns true for paths to skip. */
  readonly isExcluded?: ((path: string) => boolean) | undefined;
}

/**
 * Checks the source of an app. Finds imports of files that are not entry points of this package, imports of providers or transport
 * outside the provider layer and, with `forbidVendorSdks`, imports of vendors' SDKs. All kinds of imports count: values, types, dynamic
 * imports, re-exports, `require`, `import('x').T`. In `.vue`, `.svelte` and `.astro` files the script blocks are checked. For a computed specifier its constant beginning is checked.
 * @param directory the folder with the app's source
 * @returns findings with file and line, and the number of files that each rule checked
 * @throws Error if ts-morph is not installed; the message contains the command that installs it
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
 * The same check with dependency-cruiser. It resolves imports to files, so it also sees relative paths into `node_modules` and, with
 * `tsConfig`, aliases. It does not read `.vue`, `.svelte` and `.astro` files; use `checkHostSource` for them.
 * Its findings have no line numbers.
 * @param directory the folder with the app's source, relative to `root`
 * @returns findings, and the number of files checked
 * @throws Error if dependency-cruiser is not installed; the message contains the command that installs it
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
    ...(how.tsConfig && { tsConfig: { fileName: resolve(root, how.tsConfig.fileName) } }),
    baseDir: resolve(root),
    validate: true,
    ruleSet: { forbidden },
  });
  if (typeof output === 'string')
    throw new Error('governance: dependency-cruiser returned text instead of a result object.');
  const { violations, totalCruised } = output.summary;
  return {
    findings: violations.map(({ rule, from, to }) => ({ rule: rule.name, file: from, to })),
    checked: totalCruised,
  };
}
