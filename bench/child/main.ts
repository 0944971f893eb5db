/** Runs one measurement of one client in its own process. Reads the task as JSON from its arguments and prints the numbers as JSON. */
import { openClient, type Subject } from './clients.ts';
import {
  type Measurement,
  measureCpu,
  measureLastByte,
  measureLoop,
  measureMemory,
  measureThroughput,
} from './measures.ts';

/** How the server replies: base64 in JSON, links, or base64 whose last bytes are delayed. */
export interface Answer {
  readonly kind: 'base64' | 'url' | 'held';
  readonly bytes: number;
  readonly n: number;
}

export type Work =
  | { readonly measure: 'memory' | 'loop'; readonly parallel: number }
  | { readonly measure: 'cpu'; readonly calls: number; readonly hostHeapBytes: number }
  | { readonly measure: 'last-byte' }
  | { readonly measure: 'throughput'; readonly inFlight: number; readonly calls: number };

export interface Task {
  readonly subject: Subject;
  readonly answer: Answer;
  readonly work: Work;
  readonly serverUrl: string;
  readonly entry: string;
}

const WARM_UP_BYTES = 100_000;

async function run({ subject, answer, work, serverUrl, entry }: Task): Promise<Measurement> {
  const open = ({ kind, bytes, n }: Answer) =>
    openClient(subject, { baseUrl: `${serverUrl}/${kind}/${bytes}/${n}/v1`, n, entry });
  // Loads and compiles the client's code on the same path as the real work. The `held` measurement has its own warm-up.
  const warmUp = await open({ kind: answer.kind === 'url' ? 'url' : 'base64', bytes: WARM_UP_BYTES, n: 1 });
  for (let call = 0; call < 3; call++) await warmUp();
  const generate = await open(answer);
  switch (work.measure) {
    case 'memory':
      return measureMemory(generate, work.parallel);
    case 'cpu':
      return measureCpu(generate, work.calls, work.hostHeapBytes);
    case 'loop':
      return measureLoop(generate, work.parallel);
    case 'last-byte':
      return measureLastByte(generate, serverUrl);
    case 'throughput':
      return measureThroughput(generate, work.inFlight, work.calls);
    default:
      return work satisfies never;
  }
}

const measured = await run(JSON.parse(process.argv[2] ?? '') as Task);
process.stdout.write(JSON.stringify(measured));
process.exit(); // idle connections would keep the process alive
