/** What became of the rows of a file: written beside it, so that the same command run again goes on where it stopped. */
import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { losesBytes, syncHandle } from '../../../store/files/files.ts';
import { takeLock } from '../../../store/sql/sqlite.ts';
import { UsageError } from '../usage-error.ts';

const STATES = ['started', 'done', 'failed'] as const;

interface Entry {
  readonly row: string;
  readonly state: (typeof STATES)[number];
  readonly at: string;
  readonly paths?: readonly string[];
  /** Ids of what was submitted for it. */
  readonly jobs?: readonly string[];
}

export interface Journal extends AsyncDisposable {
  /** What is known of a row; `started`: it was begun, and nobody wrote down how it ended. */
  readonly of: (row: string) => Omit<Entry, 'row'> | undefined;
  /** On disk before it returns. @throws UsageError */
  readonly note: (row: string, entry: Pick<Entry, 'state' | 'paths' | 'jobs'>) => Promise<void>;
}

/** @param flags what the row asks for @param occurrence how many rows before it ask for the same */
export function rowKey(flags: object, occurrence: number): string {
  const sorted = Object.entries(flags)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([sorted, occurrence]))
    .digest('hex')
    .slice(0, 32);
}

/** @throws UsageError it cannot be read or written, or somebody works with it */
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
  /** Bytes of whole entries. */
  readonly length: number;
  readonly unlock: () => Promise<void>;
}

async function openEntries(path: string): Promise<Pick<Opened, 'known' | 'file' | 'length'>> {
  const known = new Map<string, Entry>();
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw cannotUse(path, error);
  });
  // What a crash cut off was never acknowledged: nothing was sent for it.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  for (const [at, line] of whole.split('\n').slice(0, -1).entries()) {
    const entry = readEntry(line);
    if (entry === undefined) {
      const hint = 'Without it nobody knows what was paid for. Restore it, or move it away to begin anew.';
      throw new UsageError(`${path}, line ${at + 1}: it is not what was written there`, hint);
    }
    known.set(entry.row, entry);
  }
  try {
    const file = await open(path, 'a', 0o600);
    const length = Buffer.byteLength(whole);
    if (whole !== text) await file.truncate(length);
    return { known, file, length };
  } catch (error) {
    throw cannotUse(path, error);
  }
}

function journalOf({ path, known, file, length: before, unlock }: Opened): Journal {
  let last: Promise<unknown> = Promise.resolve();
  let length = before;
  const append = async (entry: Entry) => {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    try {
      // Unlike `write`, it does not stop where a full disk cuts it short.
      await file.appendFile(line);
      const unsynced = await syncHandle(file);
      if (losesBytes(unsynced)) throw unsynced;
      length += line.length;
    } catch (error) {
      // Half a line would make the next one unreadable too.
      await file.truncate(length).catch(() => undefined);
      throw cannotUse(path, error);
    }
  };
  return {
    of: (row) => known.get(row),
    note(row, news) {
      const entry: Entry = { row, at: new Date().toISOString(), ...news };
      known.set(row, entry);
      const written = last.then(() => append(entry));
      last = written.catch(() => undefined);
      return written;
    },
    async [Symbol.asyncDispose]() {
      await last;
      // Every entry was written before; a lock that stays is one of a dead process.
      await file.close().catch(() => undefined);
      await unlock().catch(() => undefined);
    },
  };
}

function cannotUse(path: string, error: unknown): UsageError {
  return new UsageError(
    `${path} cannot be used: ${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}`,
    'What became of each row is written there: see to the rights of its folder, or copy the file of rows elsewhere.',
  );
}

/** Two who work on one file would buy everything twice. @throws UsageError */
async function lock(journal: string): Promise<() => Promise<void>> {
  const path = `${journal}.lock`;
  const release = await takeLock(path);
  if (release === undefined) {
    const hint = 'Wait for its end; or see to it that its folder can be written to.';
    throw new UsageError(`another process is drawing these rows, or ${path} cannot be locked`, hint);
  }
  return async () => {
    release();
    await rm(path, { force: true });
  };
}

/** @returns `undefined` for what this program did not write */
function readEntry(line: string): Entry | undefined {
  let entry: Partial<Entry> | null;
  try {
    entry = JSON.parse(line) as Partial<Entry> | null;
  } catch {
    return undefined;
  }
  const isText = (value: unknown) => typeof value === 'string';
  const isList = (value: unknown) => value === undefined || (Array.isArray(value) && value.every(isText));
  const isWhole =
    isText(entry?.row) && isText(entry?.at) && STATES.some((state) => state === entry?.state) && isList(entry?.paths);
  return isWhole && isList(entry?.jobs) ? (entry as Entry) : undefined; // every field was looked at
}
