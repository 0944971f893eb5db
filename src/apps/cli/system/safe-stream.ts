/** Writes to streams that may close at any time. A failed write never throws or ends the program; the caller learns of it. */
import { constants, fstatSync, readFileSync, statSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { codeOf } from '../../../store/files/files.ts';
import { describeSystemError } from '../../../store/files/system-error.ts';

export interface SafeStream {
  /** @param onLost called when the text was not written */
  readonly write: (text: string, onLost?: () => void) => void;
  /** @throws NodeJS.ErrnoException when the bytes were not written completely */
  readonly writeBytes: (bytes: Uint8Array) => Promise<void>;
  /** Resolves when every write so far has ended. */
  readonly settled: () => Promise<void>;
}

/** An `error` event without a listener is an uncaught exception. Each write gets its own failure in its callback. */
const handled = new WeakSet<NodeJS.WritableStream>();

export function ignoreStreamErrors(stream: NodeJS.WritableStream): void {
  if (handled.has(stream)) return;
  handled.add(stream);
  stream.on('error', () => undefined);
}

/** @param stream one that `ignoreStreamErrors` was called for, if it can close */
export function createSafeStream(stream: NodeJS.WritableStream): SafeStream {
  const pending = new Set<Promise<void>>();
  const send = (content: string | Uint8Array): Promise<void> => {
    const sent = write(stream, content);
    const settled = sent.catch(() => undefined).finally(() => pending.delete(settled));
    pending.add(settled);
    return sent;
  };
  return {
    write(text, onLost) {
      send(text).catch(() => onLost?.());
    },
    writeBytes: send,
    async settled() {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
}

/** Describes an error for a message: a system error without its path, any other by its message. */
export const errorText = (error: unknown): string =>
  codeOf(error) === undefined ? errorReason(error) : describeSystemError(error);

/** Returns the system's error code, also if an error of the library has it as its cause, or else the message. */
export function errorReason(error: unknown): string {
  const systemCode = [error, (error as Error | undefined)?.cause].map(codeOf).find((code) => /^[A-Z]/.test(code ?? ''));
  return systemCode ?? (error instanceof Error ? error.message : String(error));
}

async function write(stream: NodeJS.WritableStream, content: string | Uint8Array): Promise<void> {
  const { fd } = stream as { readonly fd?: unknown };
  if (typeof fd === 'number' && isFile(fd)) return writeToFile(fd, content);
  await new Promise<void>((resolve, reject) => {
    stream.write(content, (error) => (error ? reject(error) : resolve()));
  });
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false; // the stream reports what is wrong
  }
}

/** Repeats short writes. Node's own stream reports a write that a full disk cut short as complete. */
function writeToFile(fd: number, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

/**
 * Checks whether a descriptor was closed when the program started (`>&-`). Node opens the null device in its place, for reading and
 * writing; a shell's `>/dev/null` opens it for writing only. Works on Linux only.
 */
export function wasClosed(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0';
    const accessMode = Number.parseInt(flags, 8) & (constants.O_RDWR | constants.O_WRONLY);
    return accessMode === constants.O_RDWR && fstatSync(fd).rdev === statSync('/dev/null').rdev;
  } catch {
    return false;
  }
}

/** Replaces a descriptor that was closed. Every write fails. */
export function closedStream(): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('it is closed'), { code: 'EBADF' })),
  });
}
