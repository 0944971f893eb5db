/**
 * Simulates a disk that loses power: content that was not synced is missing or partial, and each name that was given since the last sync of its
 * folder exists or not, independently. Watches operations on real files, and writes what would be left to another directory.
 */
import { realpathSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { FILES, type FileOperations } from '../../src/store/files/files.ts';

interface Content {
  bytes: Uint8Array;
  isSynced: boolean;
}

/** A folder, a file, or nothing. */
type Entry = 'folder' | Content | undefined;
type Naming = readonly [path: string, entry: Entry];

const BLOCK = 512;

/** Also resolves paths through open handles. */
const placeOf = (path: string): string => join(realpathSync(dirname(path)), basename(path));

export interface Disk {
  readonly files: FileOperations;
  /** The number of changes so far. */
  readonly count: () => number;
  /** Writes what would be left after this many changes. @param chance returns a random number below 1 */
  readonly loseAt: (change: number, target: string, chance: () => number) => Promise<void>;
}

/** @param root the watched directory */
export function createDisk(root: string): Disk {
  const names = new Map<string, Entry>();
  /** All changes. Contents change in place, so each state is replayed from the beginning. */
  const log: ((disk: { readonly durable: Map<string, Entry>; pending: Naming[] }) => void)[] = [];
  const name = (...namings: readonly Naming[]) => {
    for (const [path, entry] of namings) names.set(path, entry);
    log.push(({ pending }) => pending.push(...namings));
  };
  const open = async (path: string, flags?: string | number, mode?: number) => {
    const handle = await FILES.open(path, flags, mode);
    const isFolder = (await handle.stat()).isDirectory();
    const place = isFolder ? realpathSync(path) : placeOf(path);
    if (flags === 'wx') name([place, { bytes: new Uint8Array(), isSynced: false }]);
    const content = names.get(place);
    const sync = async () => {
      await handle.sync();
      log.push((disk) => {
        if (typeof content === 'object') content.isSynced = true;
        const isHere = ([each]: Naming) => dirname(each) === place;
        for (const [each, entry] of disk.pending.filter(isHere)) disk.durable.set(each, entry);
        disk.pending = disk.pending.filter((each) => !isHere(each));
      });
    };
    const write = async (bytes: Uint8Array) => {
      await handle.writeFile(bytes);
      log.push(() => {
        if (typeof content === 'object') content.bytes = bytes;
      });
    };
    const own: Readonly<Record<string | symbol, unknown>> = { sync, writeFile: write };
    return new Proxy(handle, {
      get(target, key) {
        if (Object.hasOwn(own, key)) return own[key];
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  const files: FileOperations = {
    ...FILES,
    open: open as FileOperations['open'],
    async mkdir(path: string, mode: number) {
      await FILES.mkdir(path, mode);
      name([placeOf(path), 'folder']);
      return undefined;
    },
    async link(from, to) {
      await FILES.link(from, to);
      name([placeOf(String(to)), names.get(placeOf(String(from)))]);
    },
    async rename(from, to) {
      const [old, next] = [placeOf(String(from)), placeOf(String(to))];
      await FILES.rename(from, to);
      name([next, names.get(old)], [old, undefined]);
    },
    async unlink(path) {
      const place = placeOf(String(path));
      await FILES.unlink(path);
      name([place, undefined]);
    },
  } as FileOperations;
  return {
    files,
    count: () => log.length,
    async loseAt(change, target, chance) {
      for (const entry of names.values()) if (typeof entry === 'object') Object.assign(entry, { isSynced: false });
      const disk = { durable: new Map<string, Entry>(), pending: [] as Naming[] };
      for (const play of log.slice(0, change)) play(disk);
      for (const [path, entry] of disk.pending) if (chance() < 0.5) disk.durable.set(path, entry);
      await mkdir(target, { recursive: true });
      // Databases handle power failures themselves, and these ones have nothing that a store cannot rebuild.
      const left = [...disk.durable].filter(([path]) => path.startsWith(root) && !/\.(?:db|lock|new)/.test(path));
      // Several names of one file stay names of one file.
      const written = new Map<Content, string>();
      for (const [path, entry] of left.sort(([one], [other]) => one.length - other.length)) {
        const place = join(target, relative(root, path));
        // Files in a lost folder are lost.
        if (entry === 'folder') await mkdir(place).catch(() => undefined);
        if (typeof entry !== 'object') continue;
        const first = written.get(entry);
        const { bytes, isSynced } = entry;
        const length = isSynced ? bytes.length : Math.floor((chance() * bytes.length) / BLOCK) * BLOCK;
        const writing = first === undefined ? writeFile(place, bytes.subarray(0, length)) : FILES.link(first, place);
        await writing.then(
          () => written.set(entry, place),
          () => undefined,
        );
      }
    },
  };
}
