/** Checks disk space and process limits before money is spent on images that could not be saved. */
import { readFile, statfs } from 'node:fs/promises';
import { AiImageError } from '../../../index.ts';
import { type RescueTargets, rescueDirectories } from './rescue.ts';

/** The largest image that a call returns. */
const LARGEST_IMAGE_BYTES = 64 * 1024 * 1024;
/** An ordinary image needs more than this. */
const MIN_FREE_BYTES = 8 * 1024 * 1024;
/** Files that the program and the store keep open. */
const BASE_OPEN_FILES = 64;
/** Files for each concurrent image: a connection and what saving needs. */
const OPEN_FILES_PER_IMAGE = 4;
/** Providers run no more than this at the same time. */
const MAX_CONCURRENT_IMAGES = 200;

export interface Needs {
  /** Images generated at the same time, at most. */
  readonly concurrentImages: number;
  /** Directories that images are saved to. The directories of a rescue are added. */
  readonly directories: readonly string[];
}

/** @throws AiImageError `not_configured`: a limit of the process is too low; `storage_failed`: no disk has space; nothing was sent */
export async function requireResources(
  { concurrentImages, directories }: Needs,
  targets: RescueTargets,
): Promise<void> {
  requireLimits(await readLimits(), concurrentImages);
  const { store } = targets;
  const all = [...directories, ...(store ? [store.directory] : []), ...rescueDirectories(targets)];
  const free = await Promise.all([...new Set(all)].map(freeBytes));
  if (free.every((bytes) => bytes !== undefined && bytes < MIN_FREE_BYTES)) {
    const hint = 'Nothing was sent. Free some space, or set TMPDIR to a directory on another disk.';
    throw new AiImageError('storage_failed', 'no disk has space for an image', { charged: 'no', hint });
  }
}

async function freeBytes(directory: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch {
    return undefined; // unknown, or the directory is created later
  }
}

/** Reads the limits of this process. Works on Linux only. */
async function readLimits(): Promise<string> {
  return readFile('/proc/self/limits', 'utf8').catch(() => '');
}

/** @param limits as in `/proc/<pid>/limits` @param concurrentImages generated at the same time, at most @throws AiImageError */
export function requireLimits(limits: string, concurrentImages: number): void {
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
    const hint = `Nothing was sent. Raise the limit: ulimit -f ${LARGEST_IMAGE_BYTES / 1024}`;
    throw refusedError(
      `files are limited to ${fileBytes} bytes, and an image may have ${LARGEST_IMAGE_BYTES} bytes`,
      hint,
    );
  }
  const [openFiles, needed] = [
    limitOf('Max open files'),
    BASE_OPEN_FILES + OPEN_FILES_PER_IMAGE * Math.min(concurrentImages, MAX_CONCURRENT_IMAGES),
  ];
  if (openFiles < needed) {
    const less = concurrentImages > 1 ? ', or generate fewer images at once (--concurrency, --n)' : '';
    throw refusedError(
      `open files are limited to ${openFiles}, and ${needed} may be needed`,
      `Nothing was sent. Raise the limit: ulimit -n ${needed}${less}`,
    );
  }
}

const refusedError = (message: string, hint: string) =>
  new AiImageError('not_configured', message, { charged: 'no', hint });
