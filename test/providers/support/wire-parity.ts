/**
 * Sends the same call with a vendor's official client and with ours to the same server, and compares the requests. Each test lists the
 * allowed differences with their reasons.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { decodePng } from '../../../src/providers/kit/image/png.ts';

/** Headers that differ between any two clients, with reasons. A name that ends in `*` matches every header with that prefix. */
export const USUAL_DIFFERENCES = {
  'user-agent': 'Each client names itself; ours leaves the platform’s own in place.',
  'accept-language': 'Added by the platform’s fetch; it has no meaning for images.',
  'sec-fetch-mode': 'Added by the platform’s fetch.',
  'accept-encoding': 'Added by the platform’s fetch; what it names depends on how the platform is built.',
  connection: 'The socket’s own affair.',
  host: 'The same server for both; written by the platform.',
  'content-length': 'Follows from the body, which is compared itself. Multipart boundaries differ in length.',
} as const satisfies Readonly<Record<string, string>>;

export interface Part {
  readonly name: string;
  readonly text?: string;
  readonly mediaType?: string;
  readonly bytes?: Uint8Array;
}

export interface Captured {
  readonly method: string;
  /** Includes the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly parts?: readonly Part[];
}

export interface CaptureServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** The received requests, in order. */
  readonly captured: readonly Captured[];
  readonly forget: () => void;
}

/** @param answer writes the answer to one request; after it the request has been captured */
export async function openCaptureServer(
  answer: (seen: Captured, response: ServerResponse) => void | Promise<void>,
): Promise<CaptureServer> {
  const captured: Captured[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const seen = await capture(request, Buffer.concat(chunks));
    captured.push(seen);
    await answer(seen, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    captured,
    forget: () => void captured.splice(0),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function capture(request: IncomingMessage, body: Buffer<ArrayBuffer>): Promise<Captured> {
  const headers = request.headers as Record<string, string>;
  const type = headers['content-type'] ?? '';
  const common = { method: request.method ?? '', path: request.url ?? '', headers };
  if (body.length === 0) return common;
  if (!type.startsWith('multipart/')) return { ...common, json: JSON.parse(body.toString('utf8')) };
  const form = await new Response(body, { headers: { 'content-type': type } }).formData();
  const parts = [...form].map(async ([name, value]): Promise<Part> => {
    if (typeof value === 'string') return { name, text: value };
    return { name, mediaType: value.type, bytes: new Uint8Array(await value.arrayBuffer()) };
  });
  return { ...common, parts: await Promise.all(parts) };
}

/** One request of each client. */
export interface Both {
  readonly official: Captured;
  readonly ours: Captured;
}

/** Runs one call with each client. @returns the first request of each */
export async function captureBoth(
  server: CaptureServer,
  official: () => Promise<unknown>,
  ours: () => Promise<unknown>,
): Promise<Both> {
  server.forget();
  await official();
  const first = server.captured[0];
  server.forget();
  await ours();
  const second = server.captured[0];
  if (first === undefined || second === undefined) throw new Error('one of the clients sent nothing');
  return { official: first, ours: second };
}

/** Returns what must be equal, in a comparable form. */
async function toComparable({ method, path, headers, json, parts }: Captured, differences: readonly string[]) {
  const isIgnored = (name: string) =>
    differences.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each));
  const meaningful = Object.entries(headers).filter(([name]) => !isIgnored(name));
  return {
    method,
    path,
    headers: Object.fromEntries(meaningful.map(([name, value]) => [name, value.replace(/boundary=.*$/, 'boundary=…')])),
    json,
    parts: parts && (await Promise.all(parts.map(comparablePart))).sort((a, b) => a.name.localeCompare(b.name)),
  };
}

async function comparablePart({ name, text, mediaType, bytes }: Part) {
  if (bytes === undefined) return { name, text };
  if (name !== 'mask') return { name, mediaType, base64: Buffer.from(bytes).toString('base64') };
  // A vendor reads the pixels of a mask; two encoders write them as different bytes.
  const { width, height, data } = await decodePng(bytes, { maxPixels: 10_000 });
  return { name, mediaType, width, height, alpha: data.filter((_, at) => at % 4 === 3).join() };
}

/** @param differences names of headers that may differ; those of `USUAL_DIFFERENCES` always may */
export async function expectParity(
  { official, ours }: Both,
  differences: Readonly<Record<string, string>> = {},
): Promise<void> {
  const names = Object.keys({ ...USUAL_DIFFERENCES, ...differences });
  expect(await toComparable(ours, names)).toEqual(await toComparable(official, names));
}
