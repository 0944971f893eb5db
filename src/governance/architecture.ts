/** The modules of this package, as listed in `contracts/architecture.json`. All module rules are derived from that list. */
import list from '../../contracts/architecture.json' with { type: 'json' };

/** One module: a folder or file of the source, and what it may import. */
export interface ArchitectureModule {
  readonly name: string;
  /** A folder or file, relative to the package root. `<id>` stands for any folder name that no other module has. */
  readonly path: string;
  /** Purpose of the module, in a few words. */
  readonly about: string;
  /** Names of modules, or all modules except the named ones. A module may always import itself (an `<id>` module: its own folder only). */
  readonly mayImport: readonly string[] | { readonly allBut: readonly string[] };
  /** Modules of which only types may be imported. */
  readonly mayImportTypes?: readonly string[];
  /** Data files outside the source that may be imported. */
  readonly mayRead?: readonly string[];
  /** npm packages (or one entry point of a package, as `zod/mini`) that may be imported at run time. */
  readonly npm: readonly string[];
  /** npm packages of which only types may be imported, besides those in `npm`. */
  readonly npmTypes?: readonly string[];
  /** Which files may import Node built-in modules: all, none, or these files and folders. */
  readonly node: boolean | readonly string[];
  /** The module and everything it imports must run in browsers and edge runtimes. */
  readonly portable?: boolean;
  /** The module has no files yet. */
  readonly planned?: boolean;
}

/** The content of `contracts/architecture.json`. */
export interface Architecture {
  readonly modules: readonly ArchitectureModule[];
  /** Files without any import relation that are allowed to exist, each with the reason. */
  readonly unreferenced: readonly { readonly path: string; readonly why: string }[];
  /** Entry points of the package, as in the `exports` of package.json; `*` stands for one name. */
  readonly entryPoints: {
    readonly general: readonly string[];
    readonly providerLayerOnly: readonly string[];
  };
}

/** The architecture of this package. */
export const ARCHITECTURE: Architecture = list;

/** Returns the names of the modules that `module` may import in addition to itself. */
export function allowedImports(architecture: Architecture, module: ArchitectureModule): readonly string[] {
  const { mayImport } = module;
  if (!('allBut' in mayImport)) return mayImport;
  const others = architecture.modules.map(({ name }) => name);
  return others.filter((name) => name !== module.name && !mayImport.allBut.includes(name));
}

/**
 * Returns a regular expression, as text, for the files of a module. For an `<id>` module the folder name is the first group.
 * @throws Error if no module has that name
 */
export function modulePattern(architecture: Architecture, name: string): string {
  const module = architecture.modules.find((candidate) => candidate.name === name);
  if (!module)
    throw new Error(`architecture: unknown module ${name}. Modules are listed in contracts/architecture.json.`);
  if (!module.path.endsWith('/<id>')) return pathPattern(module.path);
  const parent = module.path.slice(0, -'<id>'.length);
  const siblings = architecture.modules
    .filter(({ path }) => path.startsWith(parent) && path !== module.path && !isFile(path))
    .map(({ path }) => `${escapePattern(path.slice(parent.length))}/`);
  return `^${escapePattern(parent)}${siblings.length > 0 ? `(?!${siblings.join('|')})` : ''}([^/]+)/`;
}

/** Returns the name of the module that contains `file` (relative to the package root, with `/`). */
export function moduleOf(architecture: Architecture, file: string): string | undefined {
  return architecture.modules.find(({ name }) => new RegExp(modulePattern(architecture, name)).test(file))?.name;
}

/** Returns a regular expression, as text, for one file or for everything in one folder. */
export function pathPattern(path: string): string {
  return isFile(path) ? `^${escapePattern(path)}$` : `^${escapePattern(path.replace(/\/$/, ''))}/`;
}

/** Escapes a text for use in a regular expression. */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, (character) => (character === '/' ? '/' : `\\${character}`));
}

function isFile(path: string): boolean {
  return /\.[a-z]+$/i.test(path);
}
