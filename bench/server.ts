/**
 * The vendor's server: replies like OpenAI's API on 127.0.0.1, with bodies created before the first request. Runs in its own process.
 * The path selects the reply: `/<kind>/<bytes>/<n>/v1/images/generations`.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makePng } from './png.ts';

/** The kinds of replies. `held` is base64 whose last bytes are sent after a pause. */
const ROUTE = /^\/(base64|url|held)\/(\d+)\/(\d+)\/v1\/images\/generations$/;
const FILE = /^\/file\/(\d+)\.png$/;
const HELD_BYTES = 512;
/** Long enough for every client to process all earlier bytes. */
const HOLD_MS = 700;

const images = new Map<number, Buffer>();
const replies = new Map<string, Buffer>();
/** When the last bytes of the latest held reply were written, by the machine's monotonic clock. */
let lastSentNs = 0n;

function imageOf(bytes: number): Buffer {
  const image = images.get(bytes) ?? makePng(bytes);
  images.set(bytes, image);
  return image;
}

function replyOf(kind: string, bytes: number, n: number): Buffer {
  const key = `${kind} ${bytes} ${n}`;
  const known = replies.get(key);
  if (known) return known;
  const { port } = server.address() as AddressInfo;
  const item =
    kind === 'url'
      ? { url: `http://127.0.0.1:${port}/file/${bytes}.png` }
      : { b64_json: imageOf(bytes).toString('base64') };
  const usage = { input_tokens: 12, output_tokens: 4160, total_tokens: 4172 };
  const data = Array.from({ length: n }, () => item);
  const reply = Buffer.from(JSON.stringify({ created: 1_790_000_000, background: 'opaque', data, usage }));
  replies.set(key, reply);
  return reply;
}

function send(response: ServerResponse, type: string, body: Buffer): void {
  response.writeHead(200, { 'content-type': type, 'content-length': body.length });
  response.end(body);
}

function sendHeld(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.write(body.subarray(0, -HELD_BYTES), () =>
    setTimeout(() => {
      lastSentNs = process.hrtime.bigint();
      response.end(body.subarray(-HELD_BYTES));
    }, HOLD_MS),
  );
}

const server = createServer({ noDelay: true }, (request, response) => {
  const path = request.url ?? '';
  const [, kind, bytes, n] = ROUTE.exec(path) ?? [];
  const [, fileBytes] = FILE.exec(path) ?? [];
  request.resume().on('end', () => {
    if (kind === 'held') sendHeld(response, replyOf('base64', Number(bytes), Number(n)));
    else if (kind) send(response, 'application/json', replyOf(kind, Number(bytes), Number(n)));
    else if (fileBytes) send(response, 'image/png', imageOf(Number(fileBytes)));
    else if (path === '/last-sent') send(response, 'text/plain', Buffer.from(String(lastSentNs)));
    else response.writeHead(404).end();
  });
});

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
