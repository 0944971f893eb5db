/**
 * Sends a request as the bytes that a client sends. The files in `requests/` have one line feed per line, which is sent as CR LF; `{{host}}`,
 * `{{token}}`, `{{length}}`, `{{png}}` and `{{mask}}` stand for values of the run.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** The text behind the status, which some clients show to their user. */
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RecordedValues {
  readonly token: string;
  /** What `{{png}}` stands for. */
  readonly png?: Uint8Array;
  /** What `{{mask}}` stands for. */
  readonly mask?: Uint8Array;
}

/** @param name a file in `requests/`, without its extension */
export async function sendRecorded(url: string, name: string, values: RecordedValues): Promise<RawAnswer> {
  const text = await readFile(new URL(`requests/${name}.http`, import.meta.url), 'utf8');
  return sendBytes(url, toBytes(text, new URL(url).host, values));
}

/** Sends any bytes, and reads one answer. */
export async function sendBytes(url: string, bytes: Uint8Array): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  socket.write(bytes);
  let received: Buffer = Buffer.alloc(0);
  try {
    for await (const piece of socket) {
      received = Buffer.concat([received, piece as Buffer]);
      const answer = readAnswer(received, false);
      if (answer) return answer;
    }
  } catch (error) {
    // A server may close the connection before it has read everything.
    if (received.length === 0) throw error;
  } finally {
    socket.destroy();
  }
  const answer = readAnswer(received, true);
  if (answer === undefined) throw new Error(`no whole answer: ${received.toString('latin1').slice(0, 200)}`);
  return answer;
}

function toBytes(text: string, host: string, { token, png, mask }: RecordedValues): Uint8Array {
  const [head = '', ...rest] = text.split('\n\n');
  const body = rest.join('\n\n');
  // The editor's line feed at the end of the file is not part of JSON.
  const isForm = /multipart\/form-data/i.test(head);
  const sent = withImages(isForm ? body.replaceAll('\n', '\r\n') : body.trimEnd(), { png, mask });
  const isChunked = /transfer-encoding: chunked/i.test(head);
  const filled = head
    .replaceAll('{{host}}', host)
    .replaceAll('{{token}}', token)
    .replaceAll('{{length}}', String(sent.length))
    .replaceAll('\n', '\r\n');
  return Buffer.concat([Buffer.from(`${filled}\r\n\r\n`), ...(isChunked ? chunksOf(sent) : [sent])]);
}

const IMAGE = /\{\{(png|mask)\}\}/;

function withImages(text: string, images: Readonly<Record<string, Uint8Array | undefined>>): Buffer {
  // A split with a group returns the names between the texts.
  const parts = text.split(IMAGE);
  return Buffer.concat(parts.map((part, at) => (at % 2 === 0 ? Buffer.from(part) : (images[part] ?? Buffer.alloc(0)))));
}

const CHUNK_BYTES = 4_096;

function chunksOf(bytes: Buffer): readonly Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + CHUNK_BYTES);
    chunks.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return [...chunks, Buffer.from('0\r\n\r\n')];
}

/** @returns `undefined` while the answer is not whole */
function readAnswer(received: Buffer, hasEnded: boolean): RawAnswer | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [first = '', ...lines] = received.subarray(0, headEnd).toString('latin1').split('\r\n');
  const [, status = '', ...reason] = first.split(' ');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const rest = received.subarray(headEnd + 4);
  const body =
    headers['transfer-encoding'] === 'chunked' ? joinChunks(rest) : ofLength(rest, headers['content-length'], hasEnded);
  if (body === undefined) return undefined;
  return { status: Number(status), reason: reason.join(' '), headers, body: body.toString() };
}

function ofLength(rest: Buffer, length: string | undefined, hasEnded: boolean): Buffer | undefined {
  if (length === undefined) return hasEnded ? rest : undefined;
  return rest.length >= Number(length) ? rest.subarray(0, Number(length)) : undefined;
}

function joinChunks(rest: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  let at = 0;
  while (true) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const length = Number.parseInt(rest.subarray(at, lineEnd).toString('latin1'), 16);
    if (length === 0) return Buffer.concat(chunks);
    at = lineEnd + 2;
    if (rest.length < at + length + 2) return undefined;
    chunks.push(rest.subarray(at, at + length));
    at += length + 2;
  }
}
