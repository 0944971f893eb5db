/** The arrows between rooms as rules of dependency-cruiser. */
import {
  type Architecture,
  type ArchitectureModule,
  escapePattern,
  importable,
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

type DependencyType = (typeof OURS)[number] | (typeof PACKAGES)[number] | (typeof TYPES_ONLY)[number] | 'core';

/** What dependency-cruiser calls a dependency on a file of this repository, on a package, and one that is gone after compilation. */
const OURS = ['local', 'aliased'] as const;
const PACKAGES = ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'] as const;
const TYPES_ONLY = ['type-only', 'type-import'] as const;

/** Builds every rule about rooms, packages and Node built-in modules from the list of rooms. */
export function layerRules(architecture: Architecture): LayerRule[] {
  const rooms = architecture.rooms.map(({ name }) => modulePattern(architecture, name));
  const nowhere = { path: '^src/', pathNot: rooms };
  return [
    ...architecture.rooms.flatMap((room) => [
      ...arrowRules(architecture, room),
      ...packageRules(architecture, room),
      ...nodeRules(architecture, room),
    ]),
    {
      name: 'every-file-has-a-room',
      severity: 'error',
      comment: 'The file lies in no room of contracts/architecture.json.',
      from: nowhere,
      to: {},
    },
    {
      name: 'every-import-leads-to-a-room',
      severity: 'error',
      comment: 'What is imported lies in no room of contracts/architecture.json.',
      from: {},
      to: nowhere,
    },
    {
      name: 'no-cycle',
      severity: 'error',
      comment: 'Files import each other in a circle. Move what both need into a third file.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      severity: 'error',
      comment: 'Nothing imports this file and it imports nothing. Delete it, or name it under `unreferenced`.',
      from: { orphan: true, pathNot: architecture.unreferenced.map(({ path }) => pathPattern(path)) },
      to: {},
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      comment: 'The import leads nowhere.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-unlisted-package',
      severity: 'error',
      comment: 'The package stands in none of the dependency lists of package.json.',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ];
}

function arrowRules(architecture: Architecture, room: ArchitectureModule): LayerRule[] {
  const from = modulePattern(architecture, room.name);
  const own = room.path.endsWith('/<id>') ? `${pathPattern(room.path.replace('/<id>', ''))}$1/` : from;
  const values = importable(architecture, room);
  const types = room.mayImportTypes ?? [];
  const patterns = (names: readonly string[]) => names.map((name) => modulePattern(architecture, name));
  const allowed = [own, ...patterns(values), ...(room.mayRead ?? []).map(pathPattern)];
  const arrows: LayerRule = {
    name: `${room.name}-imports-only-its-row`,
    severity: 'error',
    comment: `${room.path} may import ${listed([...values, ...types.map((name) => `types of ${name}`)])}.`,
    from: { path: from },
    to: { dependencyTypes: [...OURS], pathNot: [...allowed, ...patterns(types)] },
  };
  if (types.length === 0) return [arrows];
  const typesOnly: LayerRule = {
    name: `${room.name}-imports-only-types`,
    severity: 'error',
    comment: `${room.path} may import only types of ${listed(types)}.`,
    from: { path: from },
    to: { dependencyTypesNot: [...TYPES_ONLY], path: patterns(types) },
  };
  return [arrows, typesOnly];
}

function packageRules(architecture: Architecture, room: ArchitectureModule): LayerRule[] {
  const from = { path: modulePattern(architecture, room.name) };
  const packages = (names: readonly string[]) => names.map(packagePattern);
  const typed = [...room.npm, ...(room.npmTypes ?? [])];
  return [
    {
      name: `${room.name}-packages`,
      severity: 'error',
      comment: `${room.path} may name of npm: ${listed(typed)}.`,
      from,
      to: { dependencyTypes: [...PACKAGES], pathNot: packages(typed) },
    },
    {
      name: `${room.name}-packages-at-run-time`,
      severity: 'error',
      comment: `${room.path} may import of npm at run time: ${listed(room.npm)}.`,
      from,
      to: { path: NODE_MODULES, dependencyTypesNot: [...TYPES_ONLY], pathNot: packages(room.npm) },
    },
  ];
}

function nodeRules(architecture: Architecture, room: ArchitectureModule): LayerRule[] {
  if (room.node === true) return [];
  const files = room.node === false ? [] : room.node;
  return [
    {
      name: `${room.name}-without-node`,
      severity: 'error',
      comment: `${room.path} may name a Node built-in module in: ${listed(files)}.`,
      from: { path: modulePattern(architecture, room.name), pathNot: files.map(pathPattern) },
      to: { dependencyTypes: ['core'] },
    },
  ];
}

const NODE_MODULES = '(^|/)node_modules/';

/** Packages whose name is a prefix of another (`zod`, `zod-x`) are told apart by the slash. */
function packagePattern(name: string): string {
  return `${NODE_MODULES}${escapePattern(name)}/`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}
