/**
 * A server to measure, in its own process. Sends its address to its parent, and after each message what it needed since the last one.
 * Arguments: which server, and the vendor's address.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createImageServer, listen } from '../../src/apps/server/index.ts';
import { createImageManager, createProvider, StubProvider } from '../../src/index.ts';
import { createStore } from '../../src/store/index.ts';
import { type ServerReport, TOKEN } from './image-server-facts.ts';

const [kind = 'ours', vendorUrl = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'ai-image-bench-server-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('disconnect', () => process.exit());

/** The whole server, over a store on the disk and a provider that calls the vendor. */
async function startOurs(): Promise<string> {
  const store = createStore({ directory: join(folder, 'images') });
  const settings = { apiKey: 'sk-bench-0123456789', baseUrl: vendorUrl };
  const providers = {
    ...(vendorUrl !== '' && { openai: createProvider('openai', settings) }),
    stub: new StubProvider(),
  };
  const manager = createImageManager({ providers, store });
  const sha256 = createHash('sha256').update(TOKEN).digest('hex');
  const limits = { callsPerToken: 64, waitingPerToken: 1_000, requestsPerMinute: 1_000_000 };
  const server = createImageServer({ manager, store, tokens: [{ name: 'bench', sha256 }], limits });
  return (await listen(server, { port: 0 })).url;
}

/** What most servers do: reads the vendor's JSON, keeps the image, and writes JSON. */
function stringify(app: Hono): void {
  app.post('/v1/images/generations', async (c) => {
    const request = await c.req.json();
    const reply = await fetchPatiently(`${vendorUrl}/images/generations`, JSON.stringify(request));
    const { data } = (await reply.json()) as { data: [{ b64_json: string }] };
    const image = Buffer.from(data[0].b64_json, 'base64');
    return c.json({ created: 1_790_000_000, data: [{ b64_json: image.toString('base64') }] });
  });
}

/** While the loop stands still, connections to the vendor time out. That is not what is measured. */
async function fetchPatiently(url: string, body: string): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetch(url, { method: 'POST', body });
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

/** The least that a server can do: sends the JSON that it was given. */
function bare(app: Hono): void {
  let answer: object = {};
  app.post('/answer', async (c) => {
    answer = await c.req.json();
    return c.body(null, 204);
  });
  app.all('*', (c) => c.json(answer));
}

function startPlain(define: (app: Hono) => void, overrideGlobalObjects = true): Promise<string> {
  const app = new Hono();
  define(app);
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1', overrideGlobalObjects }, () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}

let longestStopMs = 0;
let longestStopCpuMs = 0;
let passAt = performance.now();
let passCpuMs = threadCpuMs();
const pass = () => {
  const [now, cpuMs] = [performance.now(), threadCpuMs()];
  longestStopMs = Math.max(longestStopMs, now - passAt);
  longestStopCpuMs = Math.max(longestStopCpuMs, cpuMs - passCpuMs);
  [passAt, passCpuMs] = [now, cpuMs];
  setImmediate(pass);
};
let cpuBefore = process.cpuUsage();

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function report(): ServerReport {
  const { user, system } = process.cpuUsage(cpuBefore);
  const memory = () => readFileSync('/proc/self/status', 'utf8');
  const [, peakKb = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(memory()) ?? [];
  const needed = { longestStopMs, longestStopCpuMs, cpuMs: (user + system) / 1_000, peakBytes: Number(peakKb) * 1024 };
  globalThis.gc?.();
  const { rss: residentBytes, heapUsed, external } = process.memoryUsage();
  [longestStopMs, longestStopCpuMs] = [0, 0];
  [passAt, passCpuMs] = [performance.now(), threadCpuMs()];
  cpuBefore = process.cpuUsage();
  return { ...needed, residentBytes, heldBytes: heapUsed + external };
}

const url =
  kind === 'ours'
    ? await startOurs()
    : await startPlain(kind === 'stringify' ? stringify : bare, kind !== 'bare-own' && kind !== 'stringify');
process.on('message', (message) => {
  // Watching every pass costs processor time, so it is only done when the loop is measured.
  if (message === 'watch') pass();
  process.send?.(report());
});
process.send?.(url);
