/** Appends records to a file or to standard output, one line of JSON each. */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AiImageError } from '../../providers/protocol/errors.ts';
import { describeSystemError } from '../../store/files/system-error.ts';
import type { UsageRecord } from '../usage-record.ts';
import type { UsageSink } from '../usage-sink.ts';

export interface JsonLinesSettings {
  /** The file. It and its directory are created when they do not exist; only the user can read a new file. Either `path` or `stream`. */
  readonly path?: string;
  /** Writes to standard output instead of a file. */
  readonly stream?: 'stdout';
  /** The name of the sink. @default 'jsonl' */
  readonly name?: string;
}

/**
 * Creates a sink that appends one line a record. The file is opened for each batch, so it may be renamed at any time (log rotation), and
 * is synced to disk before the records are removed from the store. A line that a full disk cut off is ended before the next one.
 * @throws AiImageError `not_configured`: neither `path` nor `stream`, or both
 */
export function jsonLinesSink({ path, stream, name = 'jsonl' }: JsonLinesSettings): UsageSink {
  if ((path === undefined) === (stream === undefined) || path?.trim() === '' || (stream ?? 'stdout') !== 'stdout') {
    throw new AiImageError('not_configured', "jsonLinesSink needs either a path or stream: 'stdout'", {
      charged: 'no',
      hint: "For example jsonLinesSink({ path: 'usage.jsonl' }).",
    });
  }
  if (path === undefined) return { name, record: (records) => writeToStdout(toLines(records)) };
  const file = resolve(path);
  return {
    name,
    async record(records) {
      try {
        await append(file, Buffer.from(toLines(records)));
      } catch (error) {
        throw new AiImageError('storage_failed', `cannot write ${file}: ${describeSystemError(error)}`, {
          charged: 'no',
          hint: 'Check the permissions and the free space of its directory.',
          cause: error,
        });
      }
    },
  };
}

const toLines = (records: readonly UsageRecord[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

async function append(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // Reads the end of the file too. Without O_NONBLOCK, a FIFO without a reader would block.
  const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK = 0 } = constants;
  const file = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK, 0o600);
  try {
    // One write, so that lines of several processes do not mix.
    const all = (await endsInsideLine(file)) ? Buffer.concat([Buffer.from('\n'), bytes]) : bytes;
    for (let start = 0; start < all.length; ) start += (await file.write(all, start)).bytesWritten;
    await file.datasync();
  } finally {
    await file.close();
  }
}

const NEWLINE = 10;

async function endsInsideLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 1 && buffer[0] !== NEWLINE;
}

function writeToStdout(text: string): Promise<void> {
  return new Promise((done, fail) => {
    process.stdout.write(text, (error) => (error ? fail(error) : done()));
  });
}
