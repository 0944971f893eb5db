/** JSON answers with images: base64 is encoded while the answer is sent, so that memory stays near the size of the images. */
import { encodeBase64 } from './json-body/encode-base64.ts';
import { encodedLength, encodePieces } from './json-body/encode-pieces.ts';
import { encodingPause, noteEncoded } from './json-body/encoding-pace.ts';
import { type JsonPiece, toJsonPieces } from './json-body/json-pieces.ts';
import { TextAnswer } from './text-answer.ts';

/** Shorter documents are encoded at once: a stream costs more than it saves. */
const STREAM_FROM_BYTES = 65_536;

export interface EncodedJson {
  /** A short document as text, a longer one as a stream that encodes it while it is read. */
  readonly body: string | ReadableStream<Uint8Array<ArrayBuffer>>;
  /** The length of the document in bytes, for `Content-Length`. */
  readonly byteLength: number;
}

/**
 * Like `JSON.stringify`, where each `Uint8Array` stands for its base64 text. The bytes are not copied: they must not change until the
 * answer was sent.
 */
export function jsonBody(value: unknown): EncodedJson {
  const pieces = toJsonPieces(value);
  const byteLength = encodedLength(pieces);
  return { body: byteLength < STREAM_FROM_BYTES ? toText(pieces) : streamSlices(encodePieces(pieces)), byteLength };
}

/** A JSON answer. Images are encoded while it is sent. */
export function answerJson(value: unknown, { status = 200, headers = {} }: AnswerOptions = {}): Response {
  const { body, byteLength } = jsonBody(value);
  const init = {
    status,
    headers: { ...headers, 'content-type': 'application/json', 'content-length': String(byteLength) },
  };
  return typeof body === 'string' ? new TextAnswer(body, init) : new Response(body, init);
}

export interface AnswerOptions {
  /** @default 200 */
  readonly status?: number;
  /** Beside `content-type` and `content-length`. */
  readonly headers?: Readonly<Record<string, string>>;
}

function toText(pieces: readonly JsonPiece[]): string {
  const decoder = new TextDecoder();
  return pieces.map((piece) => (typeof piece === 'string' ? piece : decoder.decode(encodeBase64(piece)))).join('');
}

/** Encodes a slice when the reader asks for it. A reader that leaves frees the images at once. */
function streamSlices(source: Iterator<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let slices: Iterator<Uint8Array<ArrayBuffer>> | undefined = source;
  return new ReadableStream(
    {
      async pull(controller) {
        for (let pause = encodingPause(); pause !== undefined; pause = encodingPause()) await pause;
        const next = slices?.next();
        if (next === undefined || next.done) return controller.close();
        noteEncoded(next.value.length);
        controller.enqueue(next.value);
      },
      cancel() {
        slices = undefined;
      },
    },
    { highWaterMark: 0 },
  );
}
