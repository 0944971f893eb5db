/** Turns the allowed imports of each module into rules of dependency-cruiser. */
import {
  type Architecture,
  type ArchitectureModule,
  allowedImports,
  escapePattern,
  modulePattern,
  pathPattern,
} from './architecture.ts';

/** One forbidden dependency, in the form that dependency-cruiser reads. */
export interface LayerRule {
  readonly name: string;
  readonly severity: 'error';
  readonly comment: string;
  readonly from: LayerSide;
  readonly to: LayerSide;
}

interface LayerSide {
  path?: string | string[];
  pathNot?: string | string[];
  orphan?: boolean;
  circular?: boolean;
  couldNotResolve?: boolean;
  dependencyTypes?: DependencyType[];
  dependencyTypesNot?: DependencyType[];
}

type DependencyType = (typeof LOCAL)[number] | (typeof NPM)[number] | (typeof TYPES_ONLY)[number] | 'core';

/** The dependency types of dependency-cruiser for files of this repository, for packages, and for type-only imports. */
const LOCAL = ['local', 'aliased'] as const;
const NPM = ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'] as const;
const TYPES_ONLY = ['type-only', 'type-import'] as const;

/** Returns all rules about modules, packages and Node built-in modules. */
export function layerRules(architecture: Architecture): LayerRule[] {
  const modulePatterns = architecture.modules.map(({ name }) => modulePattern(architecture, name));
  const outsideModules = { path: '^src/', pathNot: modulePatterns };
  return [
    ...architecture.modules.flatMap((module) => [
      ...importRules(architecture, module),
      ...packageRules(architecture, module),
      ...nodeRules(architecture, module),
    ]),
    {
      name: 'every-file-is-in-a-module',
      severity: 'error',
      comment: 'The file is in no module of contracts/architecture.json.',
      from: outsideModules,
      to: {},
    },
    {
      name: 'every-import-is-in-a-module',
      severity: 'error',
      comment: 'The imported file is in no module of contracts/architecture.json.',
      from: {},
      to: outsideModules,
    },
    {
      name: 'no-cycle',
      severity: 'error',
      comment: 'These files import each other in a cycle. Move the shared code into a third file.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      severity: 'error',
      comment:
        'No file imports this file and it imports none. Delete it, or list it in `unreferenced` of contracts/architecture.json.',
      from: { orphan: true, pathNot: architecture.unreferenced.map(({ path }) => pathPattern(path)) },
      to: {},
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      comment: 'The import cannot be resolved.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-unlisted-package',
      severity: 'error',
      comment: 'The package is in none of the dependency lists of package.json.',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ];
}

function importRules(architecture: Architecture, module: ArchitectureModule): LayerRule[] {
  const from = modulePattern(architecture, module.name);
  const own = module.path.endsWith('/<id>') ? `${pathPattern(module.path.replace('/<id>', ''))}$1/` : from;
  const values = allowedImports(architecture, module);
  const types = module.mayImportTypes ?? [];
  const patterns = (names: readonly string[]) => names.map((name) => modulePattern(architecture, name));
  const allowed = [own, ...patterns(values), ...(module.mayRead ?? []).map(pathPattern)];
  const allowedOnly: LayerRule = {
    name: `${module.name}-imports-only-allowed-modules`,
    severity: 'error',
    comment: `${module.path} may import ${toList([...values, ...types.map((name) => `types of ${name}`)])}.`,
    from: { path: from },
    to: { dependencyTypes: [...LOCAL], pathNot: [...allowed, ...patterns(types)] },
  };
  if (types.length === 0) return [allowedOnly];
  const typesOnly: LayerRule = {
    name: `${module.name}-imports-only-types`,
    severity: 'error',
    comment: `${module.path} may import only types of ${toList(types)}.`,
    from: { path: from },
    to: { dependencyTypesNot: [...TYPES_ONLY], path: patterns(types) },
  };
  return [allowedOnly, typesOnly];
}

function packageRules(architecture: Architecture, module: ArchitectureModule): LayerRule[] {
  const from = { path: modulePattern(architecture, module.name) };
  const packages = (names: readonly string[]) => names.map(packagePattern);
  const typed = [...module.npm, ...(module.npmTypes ?? [])];
  return [
    {
      name: `${module.name}-packages`,
      severity: 'error',
      comment: `${module.path} may import types and values of these npm packages: ${toList(typed)}.`,
      from,
      to: { dependencyTypes: [...NPM], pathNot: packages(typed) },
    },
    {
      name: `${module.name}-packages-at-run-time`,
      severity: 'error',
      comment: `${module.path} may import these npm packages at run time: ${toList(module.npm)}.`,
      from,
      to: { path: NODE_MODULES, dependencyTypesNot: [...TYPES_ONLY], pathNot: packages(module.npm) },
    },
  ];
}

function nodeRules(architecture: Architecture, module: ArchitectureModule): LayerRule[] {
  if (module.node === true) return [];
  const files = module.node === false ? [] : module.node;
  return [
    {
      name: `${module.name}-without-node`,
      severity: 'error',
      comment: `${module.path} may import Node built-in modules only in: ${toList(files)}.`,
      from: { path: modulePattern(architecture, module.name), pathNot: files.map(pathPattern) },
      to: { dependencyTypes: ['core'] },
    },
  ];
}

const NODE_MODULES = '(^|/)node_modules/';

/** The slash at the end distinguishes `zod` from `zod-x`. */
function packagePattern(name: string): string {
  return `${NODE_MODULES}${escapePattern(name)}/`;
}

function toList(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}
