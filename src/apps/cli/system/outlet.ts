/** A stream that may end at any time. Writing to it never throws and never ends the program; what it did not take is told elsewhere. */
import { constants, fstatSync, readFileSync, statSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';

export interface Outlet {
  /** @param onLost called when the stream did not take the text */
  readonly write: (text: string, onLost?: () => void) => void;
  /** @throws NodeJS.ErrnoException the stream did not take all of it */
  readonly writeBytes: (bytes: Uint8Array) => Promise<void>;
  /** Resolves when everything written so far was taken or lost. */
  readonly settled: () => Promise<void>;
}

/** An `error` event without a listener is an uncaught exception. Each write learns of its own failure from its callback. */
const guarded = new WeakSet<NodeJS.WritableStream>();

export function guard(stream: NodeJS.WritableStream): void {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  stream.on('error', () => undefined);
}

/** @param stream guarded, where it can end */
export function createOutlet(stream: NodeJS.WritableStream): Outlet {
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

/** In short, for a person: the system's code where there is one. */
export const reasonOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException | undefined)?.code ?? (error instanceof Error ? error.message : String(error));

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
    return false; // then the stream itself says what is wrong
  }
}

/** Node's own stream takes a write that a full disk has cut short for a whole one. */
function writeToFile(fd: number, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

/**
 * Whether a descriptor was closed when the program began (`>&-`). Node opens the null device in its place, for reading and writing; a
 * shell's `>/dev/null` opens it for writing alone. Only Linux tells.
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

/** Stands in the place of a descriptor that was closed. */
export function closedStream(): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('it is closed'), { code: 'EBADF' })),
  });
}
