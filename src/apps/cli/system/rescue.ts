/** The last resort for bytes that were paid for: the first place that takes them, and its path is told. Every command ends here. */
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { AiImageError, ImageFailure } from '../../../index.ts';
import { isAiImageError } from '../../../index.ts';
import { withErrorDetails } from '../../../providers/protocol/errors.ts';
import { writeNewFile } from '../../../store/files/write-new-file.ts';
import type { Store } from '../../../store/index.ts';
import { createGate } from '../../../store/locks/concurrency.ts';
import { homeOf } from './home.ts';
import { reasonOf } from './outlet.ts';

/** Where bytes may go when their own place does not take them. */
export interface Refuge {
  /** One that can be used. */
  readonly store: Store | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** `path` is `undefined` where no place took them; `tried` says why, place by place. */
export type Rescued = { readonly path: string } | { readonly path: undefined; readonly tried: string };

/**
 * Tries the store, the temporary folder, the home folder and the current folder, in this order.
 * @param name of the file, outside the store @param why it is needed, for the store's quarantine
 */
export async function rescue(bytes: Uint8Array, name: string, why: string, refuge: Refuge): Promise<Rescued> {
  for (let round = 1; ; round++) {
    const tried: string[] = [];
    let passes = false;
    for (const [place, write] of writersOf(bytes, name, why, refuge)) {
      try {
        return { path: await inTurn(write) };
      } catch (error) {
        tried.push(`${place}: ${reasonOf(error)}`);
        passes ||= PASSING.includes(reasonOf(error));
      }
    }
    if (!passes || round === ROUNDS) return { path: undefined, tried: tried.join(', ') };
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_ROUNDS_MS));
  }
}

/** One after the other: too many files may be open already. */
const inTurn = createGate(1);
/** What is over when other connections and files are closed. */
const PASSING = ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM', 'EBUSY'];
const ROUNDS = 5;
const BETWEEN_ROUNDS_MS = 1_000;

type Writer = readonly [place: string, write: () => Promise<string>];

function writersOf(bytes: Uint8Array, name: string, why: string, refuge: Refuge): readonly Writer[] {
  const { store } = refuge;
  const folders = foldersOf(refuge).map((folder): Writer => [folder, () => writeInto(folder, name, bytes)]);
  return [...(store ? [[store.directory, () => store.quarantine(bytes, why)] as const] : []), ...folders];
}

/** Those of a rescue outside the store, each once. */
export function foldersOf({ env, cwd }: Pick<Refuge, 'env' | 'cwd'>): readonly string[] {
  return [...new Set([tmpdir(), homeOf(env), cwd].filter((folder) => folder !== undefined))];
}

/** A folder of its own: no name in it is taken. */
async function writeInto(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  const own = await mkdtemp(join(folder, 'imagen-'));
  try {
    const path = join(own, name);
    // A name may be too long here that is not where it came from, or because it was.
    return await write(path, bytes).catch((error: unknown) => {
      if (reasonOf(error) !== 'ENAMETOOLONG') throw error;
      return write(join(own, `image${extname(name)}`), bytes);
    });
  } catch (error) {
    await rmdir(own).catch(() => undefined); // an empty folder that stays does no harm
    throw error;
  }
}

async function write(path: string, bytes: Uint8Array): Promise<string> {
  await writeNewFile(path, bytes);
  return path;
}

/**
 * What a failed call brought was paid for all the same: broken images, unreadable replies, whole images that the store did not take.
 * @returns the error, which says where the bytes are; the same error where there are none
 */
export async function keepWhatCame(error: unknown, refuge: Refuge): Promise<unknown> {
  if (!isAiImageError(error)) return error;
  const { hint = '' } = error;
  const places: string[] = [];
  for (const bytes of bytesOf(error)) {
    const rescued = await rescueReceived(bytes, error.message, refuge);
    if (rescued.path === undefined) places.push(`nowhere (${rescued.tried})`);
    else if (!hint.includes(rescued.path)) places.push(rescued.path);
  }
  if (places.length === 0) return error;
  const where = `What came was paid for and is in ${places.join(', ')}.`;
  // The store says so when it has the bytes alone in memory; now they are saved.
  const known = hint.replace('Its bytes are in the result alone.', '').trim();
  return withErrorDetails(error, { hint: known === '' ? where : `${known} ${where}` });
}

const bytesOf = ({ quarantine, failures }: AiImageError): readonly Uint8Array[] => [
  ...new Set([...quarantine, ...failures.flatMap(({ error }) => error.quarantine)]),
];

/** Of an image that failed beside others that came. @returns where its bytes are; nothing where it brought none */
export async function keepFailure({ error }: ImageFailure, refuge: Refuge): Promise<readonly string[]> {
  const rescued = await Promise.all(error.quarantine.map((bytes) => rescueReceived(bytes, error.message, refuge)));
  return rescued.flatMap(({ path }) => path ?? []);
}

/** Named after what the bytes are, where they are an image. */
function rescueReceived(bytes: Uint8Array, why: string, refuge: Refuge): Promise<Rescued> {
  return rescue(bytes, `received.${extensionOf(bytes)}`, why, refuge);
}

/** By its first bytes alone: a broken image is easier to look at under its own extension. */
function extensionOf(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\x89PNG')) return 'png';
  if (start.startsWith('\xff\xd8\xff')) return 'jpg';
  if (start.startsWith('GIF8')) return 'gif';
  return start.startsWith('RIFF') && start.endsWith('WEBP') ? 'webp' : 'bin';
}
