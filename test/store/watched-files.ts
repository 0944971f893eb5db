/** File operations that a test can count, interrupt or make fail. */
import { FILES, type FileOperations } from '../../src/store/files/files.ts';

export const errorOf = (code: string) => Object.assign(new Error(`${code}: planned`), { code });

/** Called before each operation. When it throws, the operation fails with that error. */
export type Watch = (operation: string, path: string) => void | Promise<void>;

const NAMES = [
  'open',
  'link',
  'rename',
  'unlink',
  'mkdir',
  'readdir',
  'readFile',
  'lstat',
  'copyFile',
  'access',
  'realpath',
] as const;
const OF_HANDLES: readonly string[] = ['writeFile', 'sync', 'close'];

/** Wraps Node's operations, including those of open files, and calls `before` and `after` around each of them. */
export function watchedFiles(before: Watch, after: Watch = () => undefined): FileOperations {
  type Work = (...args: readonly unknown[]) => Promise<unknown>;
  const around =
    (name: string, path: (args: readonly unknown[]) => string, work: Work): Work =>
    async (...args) => {
      try {
        await before(name, path(args));
      } catch (error) {
        // A close that fails still closes the file, as on a real system. Node 26 treats a handle that stays open as an error.
        if (name === 'close') await work(...args);
        throw error;
      }
      const result = await work(...args);
      await after(name, path(args));
      return result;
    };
  const watchHandle = (handle: object, path: string) =>
    new Proxy(handle, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const work = value.bind(target) as Work;
        return OF_HANDLES.includes(String(name)) ? around(String(name), () => path, work) : work;
      },
    });
  const entries = NAMES.map((name) => {
    const work = FILES[name] as Work;
    const opened: Work = async (...args) => watchHandle((await work(...args)) as object, String(args[0]));
    // Operations with two paths are reported with their target.
    const pathOf = (args: readonly unknown[]) =>
      String(['link', 'rename', 'copyFile'].includes(name) ? args[1] : args[0]);
    return [name, around(name, pathOf, name === 'open' ? opened : work)];
  });
  return Object.fromEntries(entries) as FileOperations; // NAMES has every operation
}

/** A planted fault: gives a file its name before its content. @param between called in between */
export function careless(files: FileOperations, between: () => void | Promise<void>): FileOperations {
  return {
    ...files,
    async link(from, to) {
      const bytes = await FILES.readFile(from);
      const file = await FILES.open(to, 'wx');
      await between();
      await file.writeFile(bytes);
      await file.close();
    },
  };
}

/** Node's operations, but files cannot be synced. Yarn PnP throws where others reject. */
export function withoutSync(how: 'throws' | 'rejects', message = 'Method not implemented'): FileOperations {
  const sync = () => {
    if (how === 'throws') throw new Error(message);
    return Promise.reject(new Error(message));
  };
  const open = async (...args: Parameters<FileOperations['open']>) => {
    const handle = await FILES.open(...args);
    return new Proxy(handle, {
      get(target, name) {
        const value: unknown = name === 'sync' ? sync : Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  return { ...FILES, open };
}
