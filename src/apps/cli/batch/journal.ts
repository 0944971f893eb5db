/** The journal of a batch file, stored beside it: the state of each row, so that the command can continue where it stopped. */
import { createHash } from 'node:crypto';
import { access, constants, type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Charged } from '../../../index.ts';
import { codeOf, isDiskFailure, syncHandle } from '../../../store/files/files.ts';
import { describeSystemError } from '../../../store/files/system-error.ts';
import { tryLockFile } from '../../../store/sql/sqlite.ts';
import { storageError, toFileError } from '../file-error.ts';

const STATES = ['started', 'queued', 'done', 'failed'] as const;

interface Entry {
  readonly row: string;
  readonly state: (typeof STATES)[number];
  readonly at: string;
  readonly paths?: readonly string[];
  /** Ids of the jobs that were submitted for it. */
  readonly jobs?: readonly string[];
  /** Id of its work in the queue. */
  readonly work?: string;
}

type NewEntry = Pick<Entry, 'state' | 'paths' | 'jobs' | 'work'>;

export interface Journal extends AsyncDisposable {
  /** Returns the last entry of a row. `started`: its end was never recorded. `queued`: a worker generates it. */
  readonly of: (row: string) => Omit<Entry, 'row'> | undefined;
  /** Records an entry and syncs it to the disk. @throws AiImageError `storage_failed` */
  readonly record: (row: string, entry: NewEntry) => Promise<void>;
  /** Records the entries of several rows and syncs them to the disk once. @throws AiImageError `storage_failed` */
  readonly recordAll: (entries: readonly (readonly [row: string, entry: NewEntry])[]) => Promise<void>;
}

/** @param flags of the row @param occurrence number of identical rows before it */
export function rowKey(flags: object, occurrence: number): string {
  const sorted = Object.entries(flags)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([sorted, occurrence]))
    .digest('hex')
    .slice(0, 32);
}

/** @throws AiImageError `storage_failed`: it cannot be read or written, is damaged, or another process uses it; UsageError: its path is wrong */
export async function openJournal(name: string, cwd: string): Promise<Journal> {
  const path = resolve(cwd, name);
  const unlock = await lock(path);
  try {
    return journalOf({ path, unlock, ...(await openEntries(path)) });
  } catch (error) {
    await unlock();
    throw error;
  }
}

interface Opened {
  readonly path: string;
  readonly known: Map<string, Entry>;
  readonly file: FileHandle;
  /** Length of all complete entries in bytes. */
  readonly length: number;
  readonly unlock: () => Promise<void>;
}

async function openEntries(path: string): Promise<Pick<Opened, 'known' | 'file' | 'length'>> {
  const known = new Map<string, Entry>();
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw unusableError(path, error);
  });
  // An entry that a crash cut off was never acknowledged, so nothing was sent for it.
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  for (const [at, line] of complete.split('\n').slice(0, -1).entries()) {
    const entry = readEntry(line);
    if (entry === undefined) {
      const hint =
        'This file records which rows were generated and paid for. Restore it from a backup. Without it, every row is generated and charged again.';
      throw storageError(`${path}, line ${at + 1}: the entry is damaged`, hint);
    }
    known.set(entry.row, entry);
  }
  try {
    const file = await open(path, 'a', 0o600);
    const length = Buffer.byteLength(complete);
    if (complete !== text) await file.truncate(length);
    return { known, file, length };
  } catch (error) {
    throw unusableError(path, error);
  }
}

function journalOf({ path, known, file, length: before, unlock }: Opened): Journal {
  let last: Promise<unknown> = Promise.resolve();
  let length = before;
  const append = async (entries: readonly Entry[]) => {
    const text = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    try {
      // Unlike `write`, `appendFile` does not stop after a short write on a full disk.
      await file.appendFile(text);
      const unsynced = await syncHandle(file);
      if (isDiskFailure(unsynced)) throw unsynced;
      length += text.length;
    } catch (error) {
      // A partial line would also make the next one unreadable.
      await file.truncate(length).catch(() => undefined);
      // An entry after the call tells how it ended.
      const isBefore = entries.every(
        ({ state, jobs }) => state === 'queued' || (state === 'started' && jobs === undefined),
      );
      throw unusableError(path, error, isBefore ? 'no' : 'unknown');
    }
  };
  const recordAll: Journal['recordAll'] = (states) => {
    const at = new Date().toISOString();
    const entries = states.map(([row, state]): Entry => ({ row, at, ...state }));
    for (const entry of entries) known.set(entry.row, entry);
    const written = last.then(() => append(entries));
    last = written.catch(() => undefined);
    return written;
  };
  return {
    of: (row) => known.get(row),
    record: (row, state) => recordAll([[row, state]]),
    recordAll,
    async [Symbol.asyncDispose]() {
      await last;
      // Every entry is on disk already. A leftover lock counts as one of a dead process.
      await file.close().catch(() => undefined);
      await unlock().catch(() => undefined);
    },
  };
}

/** Without its journal, a batch file starts from its first row. */
const MOVE_BOTH =
  'If you move the batch file, move this file with it: without it, finished rows are generated and charged again.';

function unusableError(path: string, error: unknown, charged?: Charged): Error {
  return toFileError(
    `cannot use ${path}: ${describeSystemError(error)}`,
    `The file records the state of each row. Free some space on its disk or make its directory writable, then run the command again. ${MOVE_BOTH}`,
    error,
    charged,
  );
}

/** Locks the file: two processes on one file would pay for everything twice. @throws AiImageError `storage_failed` */
async function lock(journal: string): Promise<() => Promise<void>> {
  const path = `${journal}.lock`;
  const release = await tryLockFile(path);
  if (release === undefined) {
    const fault = await lockFault(path);
    throw fault === undefined
      ? storageError(`another process is using ${journal}`, 'Wait until that process has finished, or end it.')
      : storageError(
          `cannot lock ${path}: ${fault}`,
          `Make its directory writable, then run the command again. ${MOVE_BOTH.replace('this file', `${journal}`)}`,
        );
  }
  return async () => {
    release();
    await rm(path, { force: true });
  };
}

/**
 * Returns why a lock file cannot be used; `undefined` if another process holds it. Never opens the file: closing it would release a lock
 * that this process holds.
 */
async function lockFault(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return 'it is not a regular file';
    await access(path, constants.W_OK);
    return undefined;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return describeSystemError(error);
    return access(dirname(path), constants.W_OK).then(() => undefined, describeSystemError);
  }
}

/** @returns `undefined` for a line that this program did not write */
function readEntry(line: string): Entry | undefined {
  let entry: Partial<Entry> | null;
  try {
    entry = JSON.parse(line) as Partial<Entry> | null;
  } catch {
    return undefined;
  }
  const isText = (value: unknown) => typeof value === 'string';
  const isList = (value: unknown) => value === undefined || (Array.isArray(value) && value.every(isText));
  const isComplete =
    isText(entry?.row) && isText(entry?.at) && STATES.some((state) => state === entry?.state) && isList(entry?.paths);
  const isWork = entry?.work === undefined || isText(entry.work);
  return isComplete && isList(entry?.jobs) && isWork ? (entry as Entry) : undefined; // every field was checked
}
