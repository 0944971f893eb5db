/** Measurements in a child process. Each runs the client's call and returns numbers; the unit is in the field name. */
import { readFileSync } from 'node:fs';
import type { Generate } from './clients.ts';

export type Measurement = Readonly<Record<string, number>>;

/**
 * Peak and retained memory above that of the idle process after warm-up.
 * Peak is VmHWM (the highest resident memory of the process), or `maxRSS` on systems without /proc.
 */
export async function measureMemory(generate: Generate, parallel: number): Promise<Measurement> {
  collect();
  const idleBytes = residentBytes();
  const heldBefore = heldBytes();
  const images = (await Promise.all(Array.from({ length: parallel }, generate))).flat();
  const peakBytes = peakResidentBytes() - idleBytes;
  await settle();
  const imageBytes = images.reduce((sum, { length }) => sum + length, 0);
  return { peakBytes, heldBytes: heldBytes() - heldBefore, imageBytes };
}

/** CPU time per call of the whole process, including garbage collection and network threads. */
export async function measureCpu(generate: Generate, calls: number, hostHeapBytes: number): Promise<Measurement> {
  const host = makeHostHeap(hostHeapBytes);
  for (let call = 0; call < calls / 4; call++) await generate(); // warm-up, as in a long-running host
  collect();
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call++) await generate();
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000 / calls, hostObjects: host.length };
}

/** The longest time between two turns of the event loop while calls are in progress. */
export async function measureLoop(generate: Generate, parallel: number): Promise<Measurement> {
  collect();
  let isOver = false;
  let longestMs = 0;
  let turnAt = performance.now();
  const turn = () => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - turnAt);
    turnAt = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await Promise.all(Array.from({ length: parallel }, generate));
  await new Promise((resolve) => setImmediate(resolve)); // the turn in which the last image was completed
  isOver = true;
  return { longestMs };
}

/** Time from the server's last bytes, which it delays, until the client returns the image. */
export async function measureLastByte(generate: Generate, serverUrl: string): Promise<Measurement> {
  await generate();
  collect();
  await generate();
  const inHandNs = process.hrtime.bigint();
  const lastSentNs = BigInt(await (await fetch(`${serverUrl}/last-sent`)).text());
  return { lastByteMs: Number(inHandNs - lastSentNs) / 1e6 };
}

/** Images per second with a constant number of concurrent calls. */
export async function measureThroughput(generate: Generate, inFlight: number, calls: number): Promise<Measurement> {
  collect();
  let left = calls;
  const startedAt = performance.now();
  const worker = async () => {
    while (left-- > 0) await generate();
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return { perSecond: calls / ((performance.now() - startedAt) / 1000) };
}

function collect(): void {
  globalThis.gc?.();
}

/** Lets streams and sockets finish, so that only memory held by the caller is left. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    collect();
  }
}

function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function statusBytes(field: string): number | undefined {
  try {
    const [, kilobytes] =
      new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined; // no /proc on this system
  }
}

const residentBytes = () => statusBytes('VmRSS') ?? process.memoryUsage.rss();
const peakResidentBytes = () => statusBytes('VmHWM') ?? process.resourceUsage().maxRSS * 1024;

/** Fills the heap like a host: many small objects that refer to others, about 100 bytes each. */
function makeHostHeap(bytes: number): readonly object[] {
  const objects: object[] = [];
  const idle = process.memoryUsage().heapUsed;
  while (process.memoryUsage().heapUsed - idle < bytes) {
    for (let count = 0; count < 10_000; count++) {
      objects.push({ id: objects.length, name: `item ${count}`, previous: objects.at(-1), tags: [count] });
    }
  }
  return objects;
}
