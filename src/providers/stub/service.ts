/** A vendor's server in this process: answers the adapter's requests through a custom `fetch`. Transport and kit are the real ones. */
import { jsonText, sleep } from '../kit/index.ts';
import { generateBytes } from './generate-bytes.ts';
import { type EditOrder, readOrder } from './order.ts';
import type { StubSettings } from './stub-settings.ts';

/** The HTTP status of failures; the adapter reads the code in the body. */
const FAILURE_STATUS = 400;
/** Above this number, the oldest jobs are deleted. */
const MAX_JOBS = 1000;
const REFUSAL = 'the stub is configured to refuse it';
/** Seeds are whole numbers below this. */
const SEED_COUNT = 4_294_967_296;

interface Job {
  readonly order: EditOrder;
  pollsLeft: number;
}

export function createService(settings: StubSettings): typeof globalThis.fetch {
  const jobs = new Map<string, Job>();
  let jobCount = 0;

  return async (input, init) => {
    const request = new Request(input, init);
    const { signal } = request;
    const { pathname, searchParams } = new URL(request.url);
    const job = jobs.get(searchParams.get('id') ?? '');
    const { fail } = settings;
    const failure = () =>
      toJsonResponse({ error: { code: fail, message: `the stub is configured to fail with ${fail}` } }, FAILURE_STATUS);
    if (pathname === '/health') return fail === undefined ? toJsonResponse({}) : failure();
    if (pathname === '/state') return pollJob(job, settings);
    if (pathname === '/cancel') {
      jobs.delete(searchParams.get('id') ?? '');
      return toJsonResponse({});
    }
    if (pathname === '/result' && job) return answerWithImages(job.order, settings, signal);
    if (fail !== undefined) return failure();
    const order = await readOrder(request);
    if (pathname === '/jobs') {
      const id = `stub-job-${++jobCount}`;
      jobs.set(id, { order, pollsLeft: settings.job?.polls ?? 0 });
      for (const old of jobs.keys()) if (jobs.size > MAX_JOBS) jobs.delete(old);
      return toJsonResponse({ id });
    }
    return order.partials > 0 || request.headers.get('accept') === 'text/event-stream'
      ? answerWithEvents(order, settings, signal)
      : answerWithImages(order, settings, signal);
  };
}

function pollJob(job: Job | undefined, settings: StubSettings): Response {
  if (job === undefined) return toJsonResponse({ error: { code: 'no_image', message: 'no such job' } }, 404);
  job.pollsLeft -= 1;
  const polls = settings.job?.polls ?? 1;
  if (job.pollsLeft < 0) return toJsonResponse({ status: 'done' });
  return toJsonResponse(
    job.pollsLeft === polls - 1
      ? { status: 'queued' }
      : { status: 'running', fraction: 1 - (job.pollsLeft + 1) / polls },
  );
}

async function answerWithImages(order: EditOrder, settings: StubSettings, signal: AbortSignal): Promise<Response> {
  const images: object[] = [];
  for (let index = 0; index < order.n; index++) images.push(await toItem(order, index, settings, signal));
  return toJsonResponse({ images, usage: usageOf(order, settings) });
}

function answerWithEvents(order: EditOrder, settings: StubSettings, signal: AbortSignal): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (data: object) => controller.enqueue(encoder.encode(`data: ${jsonText(data)}\n\n`));
      try {
        // Like a content filter, it refuses before it generates anything.
        if (acceptedCount(order, settings) === 0) send({ type: 'refused', refused: REFUSAL });
        for (let index = 0; index < order.partials; index++) {
          const progress = (index + 1) / (order.partials + 1);
          send({ type: 'partial', index, bytes: await generate(order, progress, settings, signal) });
        }
        for (let index = 0; index < order.n; index++) {
          const isLast = index === order.n - 1;
          const image = await toItem(order, index, settings, signal);
          send({ type: 'image', index, ...image, ...(isLast && { usage: usageOf(order, settings) }) });
        }
        controller.close();
      } catch (error) {
        controller.error(error);
      }
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

/** Returns one image of an order, or its refusal. */
async function toItem(order: EditOrder, index: number, settings: StubSettings, signal: AbortSignal): Promise<object> {
  if (isRefused(order.firstIndex + index, settings)) return { refused: REFUSAL };
  const seed = (order.seed + index) % SEED_COUNT;
  return { bytes: await generate({ ...order, seed }, 1, settings, signal), seed };
}

async function generate(order: EditOrder, progress: number, settings: StubSettings, signal: AbortSignal) {
  await sleep(settings.delayMs ?? 0, signal);
  return generateBytes(order, progress);
}

function isRefused(index: number, { refuse = false }: StubSettings): boolean {
  return typeof refuse === 'boolean' ? refuse : refuse.includes(index);
}

/** Returns how many images of an order are not refused. */
function acceptedCount({ n, firstIndex }: EditOrder, settings: StubSettings): number {
  const indices = Array.from({ length: n }, (_, index) => firstIndex + index);
  return indices.filter((index) => !isRefused(index, settings)).length;
}

/** Refused images cost nothing. */
function usageOf(order: EditOrder, settings: StubSettings) {
  const { costUsd = 0 } = settings;
  const [inputTokens, outputTokens] = [order.prompt.length, acceptedCount(order, settings)];
  return { usd: costUsd * outputTokens, inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

function toJsonResponse(value: object, status = 200): Response {
  return new Response(jsonText(value), { status, headers: { 'content-type': 'application/json' } });
}
