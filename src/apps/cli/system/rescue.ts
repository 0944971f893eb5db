/** Saves bytes that may have been charged when their own path fails: in the first directory that works. The path is reported. */
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { AiImageError, ImageFailure } from '../../../index.ts';
import { isAiImageError } from '../../../index.ts';
import { withErrorDetails } from '../../../providers/protocol/errors.ts';
import { createSemaphore } from '../../../store/concurrency.ts';
import { writeNewFile } from '../../../store/files/write-new-file.ts';
import type { Store } from '../../../store/index.ts';
import { homeDirectory } from '../../shared/data-directory.ts';
import { errorReason, errorText } from './safe-stream.ts';

/** Where bytes can be saved when their own place fails. */
export interface RescueTargets {
  /** `undefined`: there is none, or it cannot be used. */
  readonly store: Store | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** `path` is `undefined` when every directory failed; `tried` lists them, each with its reason: `/tmp: no space is left; /home/ada: …`. */
export type Rescued = { readonly path: string } | { readonly path: undefined; readonly tried: string };

/**
 * Tries the store, the temporary directory, the home directory and the current directory, in this order.
 * @param name of the file, outside the store @param why recorded in the store's quarantine
 */
export async function rescue(bytes: Uint8Array, name: string, why: string, targets: RescueTargets): Promise<Rescued> {
  for (let round = 1; ; round++) {
    const tried: string[] = [];
    let isTemporary = false;
    for (const [place, write] of writersOf(bytes, name, why, targets)) {
      try {
        return { path: await oneAtATime(write) };
      } catch (error) {
        tried.push(`${place}: ${errorText(error)}`);
        isTemporary ||= TEMPORARY_ERRORS.includes(errorReason(error));
      }
    }
    if (!isTemporary || round === ROUNDS) return { path: undefined, tried: tried.join('; ') };
    await new Promise((resolve) => setTimeout(resolve, ROUND_INTERVAL_MS));
  }
}

/** Too many files may be open already. */
const oneAtATime = createSemaphore(1);
/** Errors that pass when other connections and files are closed. */
const TEMPORARY_ERRORS = ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM', 'EBUSY'];
const ROUNDS = 5;
const ROUND_INTERVAL_MS = 1_000;

type Writer = readonly [place: string, write: () => Promise<string>];

function writersOf(bytes: Uint8Array, name: string, why: string, targets: RescueTargets): readonly Writer[] {
  const { store } = targets;
  const directories = rescueDirectories(targets).map(
    (directory): Writer => [directory, () => writeInto(directory, name, bytes)],
  );
  return [...(store ? [[store.directory, () => store.quarantine(bytes, why)] as const] : []), ...directories];
}

/** Returns the directories of a rescue outside the store, each once. */
export function rescueDirectories({ env, cwd }: Pick<RescueTargets, 'env' | 'cwd'>): readonly string[] {
  return [...new Set([tmpdir(), homeDirectory(env), cwd].filter((directory) => directory !== undefined))];
}

/** Creates a new directory, in which no name is taken. */
async function writeInto(directory: string, name: string, bytes: Uint8Array): Promise<string> {
  const own = await mkdtemp(join(directory, 'imagen-'));
  try {
    const path = join(own, name);
    // The name may be too long for this file system, or for any.
    return await write(path, bytes).catch((error: unknown) => {
      if (errorReason(error) !== 'ENAMETOOLONG') throw error;
      return write(join(own, `image${extname(name)}`), bytes);
    });
  } catch (error) {
    await rmdir(own).catch(() => undefined); // a leftover empty directory does no harm
    throw error;
  }
}

async function write(path: string, bytes: Uint8Array): Promise<string> {
  await writeNewFile(path, bytes);
  return path;
}

/**
 * Saves the bytes that came with a failed call, which may have been charged: damaged images, unreadable responses, images that the
 * store could not save.
 * @returns the error with the paths in its hint; the same error when it has no bytes
 */
export async function rescueReceivedBytes(error: unknown, targets: RescueTargets): Promise<unknown> {
  if (!isAiImageError(error)) return error;
  const { hint = '' } = error;
  const paths: string[] = [];
  const unsaved: string[] = [];
  for (const bytes of bytesOf(error)) {
    const rescued = await rescueFile(bytes, error.message, targets);
    if (rescued.path === undefined) unsaved.push(unsavedText(rescued));
    else if (!hint.includes(rescued.path)) paths.push(rescued.path);
  }
  const texts = [...(paths.length > 0 ? [`received bytes are in ${paths.join(', ')}`] : []), ...new Set(unsaved)];
  if (texts.length === 0) return error;
  const where = texts.map((text) => `The ${text}.`).join(' ');
  // The store's hint for bytes that are in memory only; now they are saved.
  const known = hint.replace('Its bytes are only in the result.', '').trim();
  return withErrorDetails(error, { hint: known === '' ? where : `${known} ${where}` });
}

const bytesOf = ({ quarantine, failures }: AiImageError): readonly Uint8Array[] => [
  ...new Set([...quarantine, ...failures.flatMap(({ error }) => error.quarantine)]),
];

/** Saves the bytes of an image that failed beside others that arrived. */
export async function rescueFailedImage({ error }: ImageFailure, targets: RescueTargets): Promise<readonly Rescued[]> {
  return Promise.all(error.quarantine.map((bytes) => rescueFile(bytes, error.message, targets)));
}

/** Says where received bytes are, or why they are not saved. For use after "the". */
export const receivedBytesText = (rescued: Rescued): string =>
  rescued.path === undefined ? unsavedText(rescued) : `received bytes are in ${rescued.path}`;

const unsavedText = ({ tried }: Extract<Rescued, { path: undefined }>): string =>
  `received bytes could not be saved. Tried: ${tried}`;

/** The extension matches the real format of the image. */
function rescueFile(bytes: Uint8Array, why: string, targets: RescueTargets): Promise<Rescued> {
  return rescue(bytes, `received.${extensionOf(bytes)}`, why, targets);
}

/** Looks at the first bytes only, because a damaged image is easier to open under its own extension. */
function extensionOf(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\x89PNG')) return 'png';
  if (start.startsWith('\xff\xd8\xff')) return 'jpg';
  if (start.startsWith('GIF8')) return 'gif';
  return start.startsWith('RIFF') && start.endsWith('WEBP') ? 'webp' : 'bin';
}
