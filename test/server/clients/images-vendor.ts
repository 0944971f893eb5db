/**
 * A vendor on 127.0.0.1 with OpenAI's Images API, for tests of the server. It counts what it was asked for and knows no idempotency key: each
 * submit costs money.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateSync } from 'node:zlib';
import { chunk, headerChunk, SIGNATURE } from '../../providers/kit/image/make-png.ts';

/** One request that the vendor got, and bills. */
export interface VendorSubmit {
  readonly path: string;
  readonly prompt: string;
  /** The fields of the JSON body, or the text fields of the form. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly files: readonly { readonly field: string; readonly bytes: Uint8Array }[];
}

/** What the vendor does with a submit. `undefined`: it answers with images. `die`: it bills, then cuts the connection. */
export type VendorScript = (
  submit: VendorSubmit,
  nth: number,
) => Promise<VendorFailure | undefined> | VendorFailure | undefined;

export type VendorFailure =
  | 'die'
  | { readonly status: number; readonly code: string; readonly message: string }
  /** Answers with these bytes in place of its own image. */
  | { readonly bytes: Uint8Array };

export interface ImagesVendor {
  readonly origin: string;
  readonly submits: readonly VendorSubmit[];
  /** The number of submits with this prompt. */
  readonly submitsOf: (prompt: string) => number;
  /** Settles when the vendor has the given number of submits with this prompt. */
  readonly received: (prompt: string, count?: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function openImagesVendor(script: VendorScript = () => undefined): Promise<ImagesVendor> {
  const submits: VendorSubmit[] = [];
  const waiting = new Set<() => void>();
  const submitsOf = (prompt: string) => submits.filter((submit) => submit.prompt === prompt).length;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request;
    if (method === 'GET' && url === '/v1/models') return sendJson(response, 200, { object: 'list', data: [] });
    if (method !== 'POST') return sendJson(response, 404, { error: { message: 'no such route' } });
    const submit = await readSubmit(request);
    submits.push(submit);
    for (const check of waiting) check();
    const failure = await script(submit, submits.length);
    if (failure === 'die') return void response.socket?.resetAndDestroy();
    if (failure !== undefined && 'status' in failure) {
      const { status, code, message } = failure;
      return sendJson(response, status, { error: { message, code, type: 'invalid_request_error', param: null } });
    }
    const images = imagesOf(submit, failure?.bytes);
    if (submit.fields.stream === true || submit.fields.stream === 'true') return sendEvents(response, submit, images);
    sendJson(response, 200, {
      created: 1_764_460_800,
      ...appliedOf(submit),
      data: images.map((bytes) => ({ b64_json: base64(bytes) })),
      usage: USAGE,
    });
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy()); // the client hung up
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    submits,
    submitsOf,
    async received(prompt, count = 1) {
      await new Promise<void>((done) => {
        const check = () => {
          if (submitsOf(prompt) < count) return;
          waiting.delete(check);
          done();
        };
        waiting.add(check);
        check();
      });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const USAGE = {
  input_tokens: 12,
  output_tokens: 272,
  total_tokens: 284,
  input_tokens_details: { text_tokens: 12, image_tokens: 0 },
};

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_of_vendor' });
  response.end(JSON.stringify(value));
}

/** As many partial images as were asked for, each a complete image, then the final one. */
function sendEvents(response: ServerResponse, submit: VendorSubmit, images: readonly Uint8Array[]): void {
  const kind = submit.path.endsWith('edits') ? 'image_edit' : 'image_generation';
  const shared = { created_at: 1_764_460_800, ...appliedOf(submit) };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (value: Readonly<Record<string, unknown>>) =>
    response.write(`event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`);
  for (let index = 0; index < Number(submit.fields.partial_images ?? 0); index++) {
    const b64_json = base64(imageOf(`${submit.prompt}, partial ${index}`, sizeOf(submit)));
    send({ type: `${kind}.partial_image`, b64_json, ...shared, ...{ partial_image_index: index } });
  }
  for (const bytes of images)
    send({ type: `${kind}.completed`, ...shared, ...{ b64_json: base64(bytes), usage: USAGE } });
  response.end();
}

async function readSubmit(request: IncomingMessage): Promise<VendorSubmit> {
  const chunks: Buffer[] = [];
  for await (const piece of request) chunks.push(piece as Buffer);
  const body = Buffer.concat(chunks);
  const path = request.url ?? '';
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/json')) {
    const fields = JSON.parse(body.toString()) as Record<string, unknown>;
    return { path, prompt: String(fields.prompt), fields, files: [] };
  }
  const form = await new Response(body, { headers: { 'content-type': type } }).formData();
  const fields: Record<string, unknown> = {};
  const files: { field: string; bytes: Uint8Array }[] = [];
  for (const [field, value] of form) {
    if (typeof value === 'string') fields[field] = value;
    else files.push({ field, bytes: new Uint8Array(await value.arrayBuffer()) });
  }
  return { path, prompt: String(fields.prompt), fields, files };
}

type Size = { readonly width: number; readonly height: number };

function sizeOf({ fields }: VendorSubmit): Size {
  const [width, height] = String(fields.size ?? '').split('x');
  return { width: Number(width) || 1024, height: Number(height) || 1024 };
}

function appliedOf(submit: VendorSubmit) {
  const { width, height } = sizeOf(submit);
  const { quality = 'low', background = 'opaque' } = submit.fields;
  const known = (value: unknown, fallback: string) => (value === 'auto' ? fallback : value);
  return {
    size: `${width}x${height}`,
    quality: known(quality, 'low'),
    background: known(background, 'opaque'),
    output_format: 'png',
  };
}

function imagesOf(submit: VendorSubmit, bytes: Uint8Array | undefined): readonly Uint8Array[] {
  const count = Number(submit.fields.n ?? 1);
  const size = sizeOf(submit);
  return Array.from({ length: count }, (_, index) => bytes ?? imageOf(submit.prompt, size, index));
}

/** Each prompt has an image of its own: one colour that comes from the prompt. */
export function imageOf(
  prompt: string,
  { width, height }: Size = { width: 1024, height: 1024 },
  index = 0,
): Uint8Array {
  const colour = createHash('sha256').update(`${index} ${prompt}`).digest().subarray(0, 3);
  const row = Buffer.alloc(1 + 3 * width);
  for (let x = 0; x < width; x++) row.set(colour, 1 + 3 * x);
  const rows = Buffer.concat(Array.from({ length: height }, () => row));
  return Buffer.concat([
    SIGNATURE,
    headerChunk(width, height, 8, 2),
    chunk('IDAT', deflateSync(rows, { level: 1 })),
    chunk('IEND'),
  ]);
}

/** An image of noise, which cannot be compressed: a PNG of a little more than `bytes`. */
export function noiseOf(bytes: number): Uint8Array {
  const edge = Math.ceil(Math.sqrt(bytes / 3));
  const rows = Array.from({ length: edge }, () => Buffer.concat([Buffer.from([0]), randomBytes(3 * edge)]));
  return Buffer.concat([
    SIGNATURE,
    headerChunk(edge, edge, 8, 2),
    chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 0 })),
    chunk('IEND'),
  ]);
}
