/** A vendor that bills every request it accepts, and counts the bills by prompt. It knows no idempotency key: each request costs money. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makePng } from '../../providers/kit/image/make-png.ts';

export interface CountingVendor extends AsyncDisposable {
  readonly origin: string;
  /** How often each prompt was billed. */
  readonly bills: ReadonlyMap<string, number>;
}

/** @param delayMs how long the vendor works on an image, by prompt */
export async function openCountingVendor(delayMs: (prompt: string) => number): Promise<CountingVendor> {
  const bills = new Map<string, number>();
  const jobs = new Map<string, { readonly prompt: string; readonly doneAt: number }>();
  const timers = new Set<NodeJS.Timeout>();
  const bill = (prompt: string) => bills.set(prompt, (bills.get(prompt) ?? 0) + 1);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request;
    const [, folder, name = ''] = url.split('/');
    const say = (value: unknown) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (method === 'POST' && name === '') {
      const { prompt } = JSON.parse(await readText(request)) as { readonly prompt: string };
      bill(prompt);
      if (folder === 'images') {
        const timer = setTimeout(() => {
          timers.delete(timer);
          say({ images: [{ bytes: Buffer.from(imageOf(prompt)).toString('base64') }] });
        }, delayMs(prompt));
        timers.add(timer);
        return;
      }
      const id = `job-${jobs.size + 1}`;
      jobs.set(id, { prompt, doneAt: performance.now() + delayMs(prompt) });
      say({ id });
      return;
    }
    const job = jobs.get(name.replace('.png', ''));
    if (job === undefined) response.writeHead(404).end('{"error":"no such job"}');
    else if (folder === 'files') response.writeHead(200, { 'content-type': 'image/png' }).end(imageOf(job.prompt));
    else if (performance.now() < job.doneAt) say({ status: 'running', retryMs: 100 });
    else say({ status: 'done', images: [{ link: `http://${request.headers.host}/files/${name}.png` }] });
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy()); // the client was killed
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bills,
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearTimeout(timer);
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const EDGE = 16;

/** Every prompt has an image of its own. */
export function imageOf(prompt: string): Uint8Array {
  const seed = createHash('sha256').update(prompt).digest();
  const samples = Array.from({ length: EDGE * EDGE }, (_, at) => seed[at % seed.length] ?? 0);
  return makePng({ width: EDGE, height: EDGE, bitDepth: 8, colourType: 0, samples });
}
