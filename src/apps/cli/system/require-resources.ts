/** What the system lets this process have, looked at before money is spent: an image that no place can take must not be bought. */
import { readFile, statfs } from 'node:fs/promises';
import { AiImageError } from '../../../index.ts';
import { foldersOf, type Refuge } from './rescue.ts';

/** The largest image that a call hands out. */
const LARGEST_IMAGE_BYTES = 64 * 1024 * 1024;
/** With less than this on every disk, not even an ordinary image has room. */
const LEAST_FREE_BYTES = 8 * 1024 * 1024;
/** What the program, a store and their code have open. */
const OPEN_FILES = 64;
/** A connection and what saving needs, for each image at once. */
const OPEN_FILES_EACH = 4;
/** Providers take no more than this at once, however many are asked for. */
const MOST_AT_ONCE = 200;

export interface Needs {
  /** Images that may be under way at the same time. */
  readonly atOnce: number;
  /** Folders in which they are to be saved; the refuges are added. */
  readonly folders: readonly string[];
}

/** @throws AiImageError `not_configured`: nothing was sent */
export async function requireResources({ atOnce, folders }: Needs, refuge: Refuge): Promise<void> {
  requireLimits(await readLimits(), atOnce);
  const { store } = refuge;
  const all = [...folders, ...(store ? [store.directory] : []), ...foldersOf(refuge)];
  const free = await Promise.all([...new Set(all)].map(freeBytes));
  if (free.every((bytes) => bytes !== undefined && bytes < LEAST_FREE_BYTES)) {
    const hint = 'Nothing was sent. Make room, or set TMPDIR to a folder on another disk.';
    throw refused('no disk has room for an image', hint);
  }
}

async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return undefined; // it cannot be told, or it is made when it is needed
  }
}

/** What Linux says of this process; elsewhere nothing is known. */
async function readLimits(): Promise<string> {
  return readFile('/proc/self/limits', 'utf8').catch(() => '');
}

/** @param limits as in `/proc/<pid>/limits` @param atOnce images that may be under way at the same time @throws AiImageError */
export function requireLimits(limits: string, atOnce: number): void {
  const lines = limits.split('\n');
  const limitOf = (name: string): number => {
    const [text = 'unlimited'] = lines
      .flatMap((line) => (line.startsWith(name) ? line.slice(name.length) : []))
      .join('')
      .trim()
      .split(/\s/);
    const limit = Number(text);
    return text === '' || Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit;
  };
  const fileBytes = limitOf('Max file size');
  if (fileBytes < LARGEST_IMAGE_BYTES) {
    const hint = `Nothing was sent. Raise it: ulimit -f ${LARGEST_IMAGE_BYTES / 1024}`;
    throw refused(`files may have ${fileBytes} bytes at most, and an image may have ${LARGEST_IMAGE_BYTES}`, hint);
  }
  const [openFiles, needed] = [
    limitOf('Max open files'),
    OPEN_FILES + OPEN_FILES_EACH * Math.min(atOnce, MOST_AT_ONCE),
  ];
  if (openFiles < needed) {
    const less = atOnce > 1 ? ', or ask for fewer images at once (--concurrency, --n)' : '';
    throw refused(
      `${openFiles} files may be open at once, and ${needed} may be needed`,
      `Nothing was sent. Raise the limit: ulimit -n ${needed}${less}`,
    );
  }
}

const refused = (message: string, hint: string) => new AiImageError('not_configured', message, { charged: 'no', hint });
