/** Files of a running server in the private folder of the store: the key of its links, and where it can be reached. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, FILES, linkOrCopy } from '../../../store/files/files.ts';
import { createLayout } from '../../../store/files/paths.ts';
import { describeSystemError } from '../../../store/files/system-error.ts';
import { PRIVATE_MODE } from '../../../store/storage/write-context.ts';
import { toFileError } from '../file-error.ts';

const KEY_BYTES = 32;
const STATE_FILE = /^serve-(\d{1,10})\.json$/;

/** What `--json` prints: where the server is, and the token that it made. */
export interface ServeDocument {
  readonly url: string;
  readonly token?: string;
  readonly pid: number;
}

export interface ServeFiles {
  /** Signs links to files. It stays the same, so that links outlive the process. */
  readonly fileKey: Uint8Array;
  /** Writes a private file, from which other programs of the user learn where the server is. @returns a function that removes it */
  readonly announce: (document: ServeDocument) => Promise<() => Promise<void>>;
}

/** @param directory of the store @throws AiImageError `storage_failed` */
export async function openServeFiles(directory: string): Promise<ServeFiles> {
  const folder = createLayout(directory).ownFolder;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const fileKey = await readKey(folder);
    return { fileKey, announce: (document) => announce(folder, document) };
  } catch (error) {
    throw toStorageError(folder, error);
  }
}

/** Of several processes that make the key at the same time, one succeeds, and all use its key. */
async function readKey(folder: string): Promise<Uint8Array> {
  const path = join(folder, 'serve.key');
  const known = await readFile(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (known?.length === KEY_BYTES) return known;
  // A damaged key: links that were signed with it are invalid now.
  if (known !== undefined) await rm(path);
  const temporary = join(folder, `serve-${randomUUID()}.tmp`);
  await writeFile(temporary, randomBytes(KEY_BYTES), { flag: 'wx', mode: PRIVATE_MODE });
  try {
    await linkOrCopy(FILES, temporary, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  return readFile(path);
}

async function announce(folder: string, document: ServeDocument): Promise<() => Promise<void>> {
  const path = join(folder, `serve-${document.pid}.json`);
  try {
    await removeLeftOver(folder, document.pid);
    await writeFile(path, `${JSON.stringify(document)}\n`, { flag: 'wx', mode: PRIVATE_MODE });
  } catch (error) {
    throw toStorageError(folder, error);
  }
  return () => rm(path, { force: true });
}

/** Removes the files of processes that were killed, and one of an earlier process with the same id. */
async function removeLeftOver(folder: string, ownPid: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(STATE_FILE.exec(name)?.[1] ?? Number.NaN);
    if (pid === ownPid || (Number.isInteger(pid) && !isRunning(pid))) await rm(join(folder, name), { force: true });
  }
}

/** A process of another user exists too. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

const toStorageError = (folder: string, error: unknown) =>
  toFileError(
    `cannot write to ${folder}: ${describeSystemError(error)}`,
    'Check the permissions and the free space of the store.',
    error,
  );
