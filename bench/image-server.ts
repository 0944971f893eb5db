/**
 * The server: memory and event loop while it sends many large images, and requests per second with small answers. Run `npm run bench:server`.
 * The vendor is a process of its own. The server, one that writes JSON in one piece, and a bare handler are measured one after the other.
 */
import { TOKEN } from './child/image-server-facts.ts';
import { prepareChildren } from './package-under-test.ts';
import { startServer } from './processes.ts';
import { loadGenerations, loadRequests, type MeasuredServer, type ServerKind, startMeasured } from './server-load.ts';
import { median } from './statistics.ts';

const PARALLEL = 64;
const IMAGE_BYTES = 8_000_000;
const ROUNDS = 3;
const REQUESTS = 6_000;
const CONNECTIONS = 32;
const SMALL_GOAL = 0.6;

const children = await prepareChildren();
const vendor = await startServer();
try {
  console.log(`Node ${process.version}`);
  await measureImages();
  await measureSmallAnswers();
} finally {
  vendor.close();
}

function print(what: string, figure: string, goal = ''): void {
  console.log(`${what.padEnd(76)}${figure.padStart(14)}  ${goal}`.trimEnd());
}

async function measureImages(): Promise<void> {
  const vendorUrl = `${vendor.url}/base64/${IMAGE_BYTES}/1/v1`;
  const rawBytes = PARALLEL * IMAGE_BYTES;
  const measure = (kind: ServerKind) =>
    withServer(kind, vendorUrl, async (server) => {
      await loadGenerations(server, 1, 'gpt-image-2.5-flare');
      const idle = await server.report('watch');
      const startedAt = performance.now();
      await loadGenerations(server, PARALLEL, 'gpt-image-2.5-flare');
      return { ...(await server.report()), seconds: (performance.now() - startedAt) / 1_000, idle };
    });
  const plain = await measure('stringify');
  const ours = await measure('ours');
  const memory = ours.peakBytes / rawBytes;
  const stop = ours.longestStopMs / plain.longestStopMs;
  const isStopFine = ours.longestStopMs <= 60 || stop <= 0.15;
  print(
    `${PARALLEL} images of ${IMAGE_BYTES / 1e6} MB at once: peak memory`,
    mb(ours.peakBytes),
    `stringify ${mb(plain.peakBytes)}`,
  );
  print('  x the bytes of the images', memory.toFixed(2), `<= 1.8${memory > 1.8 ? '  MISS' : ''}`);
  print(
    '  held afterwards',
    mb(ours.heldBytes - ours.idle.heldBytes),
    `stringify ${mb(plain.heldBytes - plain.idle.heldBytes)}`,
  );
  print(
    '  longest stop of the event loop',
    `${ours.longestStopMs.toFixed(0)} ms`,
    `stringify ${plain.longestStopMs.toFixed(0)} ms`,
  );
  const [cpuStop, plainCpuStop] = [ours.longestStopCpuMs, plain.longestStopCpuMs];
  print('  x stringify', stop.toFixed(2), `<= 0.15, or <= 60 ms${isStopFine ? '' : '  MISS'}`);
  print('  in processor time', `${cpuStop.toFixed(0)} ms`, `stringify ${plainCpuStop.toFixed(0)} ms`);
  print('  x stringify, in processor time', (cpuStop / plainCpuStop).toFixed(2));
  print(
    '  seconds, processor seconds',
    `${ours.seconds.toFixed(1)}, ${(ours.cpuMs / 1e3).toFixed(1)}`,
    `stringify ${plain.seconds.toFixed(1)}, ${(plain.cpuMs / 1e3).toFixed(1)}`,
  );
}

async function measureSmallAnswers(): Promise<void> {
  await withServer('ours', '', async (ours) => {
    const path = '/v1/models';
    const answer = await fetch(ours.url + path, { headers: { authorization: `Bearer ${TOKEN}` } });
    const text = await answer.text();
    for (const kind of ['bare-own', 'bare'] as const) {
      await withServer(kind, '', async (bare) => {
        const headers = { 'content-type': 'application/json' };
        await fetch(`${bare.url}/answer`, { method: 'POST', headers, body: text });
        await compare(`GET ${path}, ${text.length} bytes`, path, { ours, bare, kind });
      });
    }
    const body = JSON.stringify({ prompt: 'A lighthouse in the fog', model: 'stub', size: '16x16' });
    const generate = { method: 'POST', path: '/v1/images/generations', body };
    const rate = await loadRequests(ours, generate, { requests: 500, connections: CONNECTIONS });
    print('a small image of the stub, stored on the disk', `${rate.toFixed(0)}/s`);
  });
}

interface Pair {
  readonly ours: MeasuredServer;
  readonly bare: MeasuredServer;
  readonly kind: ServerKind;
}

/** The bare handler sends the same JSON. Rounds alternate; the median of the pairs counts. */
async function compare(what: string, path: string, { ours, bare, kind }: Pair): Promise<void> {
  const rateOf = async (server: MeasuredServer) => {
    await server.report();
    const load = { requests: REQUESTS, connections: CONNECTIONS };
    const perSecond = await loadRequests(server, { method: 'GET', path }, load);
    return { perSecond, perCpuSecond: REQUESTS / ((await server.report()).cpuMs / 1_000) };
  };
  await rateOf(ours);
  await rateOf(bare);
  const rounds: Readonly<Record<'ours' | 'bare', Awaited<ReturnType<typeof rateOf>>>>[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push({ bare: await rateOf(bare), ours: await rateOf(ours) });
  const ratio = median(rounds.map((each) => each.ours.perSecond / each.bare.perSecond));
  const cpuRatio = median(rounds.map((each) => each.ours.perCpuSecond / each.bare.perCpuSecond));
  const own = median(rounds.map((each) => each.ours.perSecond));
  const other = median(rounds.map((each) => each.bare.perSecond));
  print(`${what}: requests per second`, own.toFixed(0), `${kind} ${other.toFixed(0)}`);
  print(`  x ${kind}`, ratio.toFixed(2), `>= ${SMALL_GOAL}${ratio < SMALL_GOAL ? '  MISS' : ''}`);
  print(`  x ${kind}, per second of the processor`, cpuRatio.toFixed(2));
}

async function withServer<T>(
  kind: ServerKind,
  vendorUrl: string,
  work: (server: MeasuredServer) => Promise<T>,
): Promise<T> {
  const server = await startMeasured(children, kind, vendorUrl);
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
