/** The rooms of this package, as `contracts/architecture.json` lists them. Every rule about rooms is derived from that list. */
import list from '../../contracts/architecture.json' with { type: 'json' };

/** One room: a folder or file of the source, and what it may import. */
export interface ArchitectureModule {
  readonly name: string;
  /** A folder or a file from the root of the package; `<id>` stands for one folder name that no other room has. */
  readonly path: string;
  /** What the room is for, in a few words. */
  readonly says: string;
  /** Names of rooms, or all rooms but the named ones. A room may always import itself (an `<id>` room: its own folder only). */
  readonly mayImport: readonly string[] | { readonly allBut: readonly string[] };
  /** Rooms of which only types may be imported. */
  readonly mayImportTypes?: readonly string[];
  /** Data files outside the source that may be imported. */
  readonly mayRead?: readonly string[];
  /** npm packages (or one entry point of a package, as `zod/mini`) that may be imported at run time. */
  readonly npm: readonly string[];
  /** npm packages of which only types may be imported, besides those in `npm`. */
  readonly npmTypes?: readonly string[];
  /** Which files may name a Node built-in module: all, none, or these. */
  readonly node: boolean | readonly string[];
  /** The room must run in browsers and edge runtimes, with everything it reaches. */
  readonly portable?: boolean;
  /** The room has no files yet. */
  readonly planned?: boolean;
}

export interface Architecture {
  readonly rooms: readonly ArchitectureModule[];
  /** Files that nothing imports and that import nothing, each with the reason. */
  readonly unreferenced: readonly { readonly path: string; readonly why: string }[];
  /** Entry points of the package, as in the `exports` of package.json; `*` stands for one name. */
  readonly faces: {
    readonly forEveryone: readonly string[];
    readonly providerLayerOnly: readonly string[];
  };
}

export const ARCHITECTURE: Architecture = list;

/** The names of the rooms that `room` may import besides itself, types or values. */
export function importable(architecture: Architecture, room: ArchitectureModule): readonly string[] {
  const { mayImport } = room;
  if (!('allBut' in mayImport)) return mayImport;
  const others = architecture.rooms.map(({ name }) => name);
  return others.filter((name) => name !== room.name && !mayImport.allBut.includes(name));
}

/**
 * The text of a regular expression for the files of a room. In an `<id>` room the folder name is the first group.
 * @throws Error when no room has that name
 */
export function modulePattern(architecture: Architecture, name: string): string {
  const room = architecture.rooms.find((candidate) => candidate.name === name);
  if (!room)
    throw new Error(`architecture: there is no room named ${name}. Rooms are listed in contracts/architecture.json.`);
  if (!room.path.endsWith('/<id>')) return pathPattern(room.path);
  const parent = room.path.slice(0, -'<id>'.length);
  const named = architecture.rooms
    .filter(({ path }) => path.startsWith(parent) && path !== room.path && !isFile(path))
    .map(({ path }) => `${escapePattern(path.slice(parent.length))}/`);
  return `^${escapePattern(parent)}${named.length > 0 ? `(?!${named.join('|')})` : ''}([^/]+)/`;
}

/** The name of the room that `file` (from the root of the package, with `/`) is in. */
export function moduleOf(architecture: Architecture, file: string): string | undefined {
  return architecture.rooms.find(({ name }) => new RegExp(modulePattern(architecture, name)).test(file))?.name;
}

/** The text of a regular expression for one file, or for everything in one folder. */
export function pathPattern(path: string): string {
  return isFile(path) ? `^${escapePattern(path)}$` : `^${escapePattern(path.replace(/\/$/, ''))}/`;
}

export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, (character) => (character === '/' ? '/' : `\\${character}`));
}

function isFile(path: string): boolean {
  return /\.[a-z]+$/i.test(path);
}
