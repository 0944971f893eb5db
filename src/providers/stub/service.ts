/** The stub's vendor: answers requests as a server would, in this process. Everything else on the way is the real thing. */
import { inspectImage } from '../kit/image/inspect.ts';
import { decodePng, encodePng } from '../kit/image/png.ts';
import { jsonText, sleep } from '../kit/index.ts';
import { drawPicture, encodeJpeg, encodeWebp, type Raster } from './picture/index.ts';
import type { StubSettings } from './stub-settings.ts';

/** What the adapter sends, with what the service takes where nothing was asked for. */
interface Order {
  readonly prompt: string;
  readonly model: string;
  readonly n: number;
  /** Which of all pictures of the call the first one is. */
  readonly firstIndex: number;
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  readonly format: 'png' | 'jpeg' | 'webp';
  readonly background?: string;
  /** Shown in the caption, as is the quality: a stub has one style and draws as well as it can. */
  readonly style?: string;
  readonly quality?: string;
  readonly note?: string;
  readonly partials: number;
}

const USUAL = { n: 1, firstIndex: 0, width: 1024, height: 1024, seed: 0, format: 'png', partials: 0 } as const;

/** An order with the pictures it came with. */
interface Work extends Order {
  readonly input?: Uint8Array;
  readonly mask?: Uint8Array;
}

/** Statuses a vendor would use; the body's code decides. */
const FAILURE_STATUS = 400;
const MAX_INPUT_PIXELS = 50_000_000;
/** A job is forgotten when this many newer ones have come. */
const MAX_JOBS = 1000;
const REFUSAL = 'told to refuse it';
/** Seeds are whole numbers below this. */
const SEEDS = 4_294_967_296;

export function createService(settings: StubSettings): typeof globalThis.fetch {
  const jobs = new Map<string, { readonly order: Work; pollsLeft: number }>();
  let jobCount = 0;

  return async (input, init) => {
    const request = new Request(input, init);
    const { signal } = request;
    const { pathname, searchParams } = new URL(request.url);
    const job = jobs.get(searchParams.get('id') ?? '');
    const { fail } = settings;
    const failure = () => json({ error: { code: fail, message: `told to fail with ${fail}` } }, FAILURE_STATUS);
    if (pathname === '/health') return fail === undefined ? json({}) : failure();
    if (pathname === '/state') return state(job);
    if (pathname === '/cancel') {
      jobs.delete(searchParams.get('id') ?? '');
      return json({});
    }
    if (pathname === '/result' && job) return answer(job.order, signal);
    if (fail !== undefined) return failure();
    const order = await readWork(request);
    if (pathname === '/jobs') {
      const id = `stub-job-${++jobCount}`;
      jobs.set(id, { order, pollsLeft: settings.job?.polls ?? 0 });
      for (const old of jobs.keys()) if (jobs.size > MAX_JOBS) jobs.delete(old);
      return json({ id });
    }
    return order.partials > 0 || request.headers.get('accept') === 'text/event-stream'
      ? events(order, signal)
      : answer(order, signal);
  };

  function state(job: { pollsLeft: number } | undefined): Response {
    if (job === undefined) return json({ error: { code: 'no_image', message: 'no such job' } }, 404);
    job.pollsLeft -= 1;
    const polls = settings.job?.polls ?? 1;
    if (job.pollsLeft < 0) return json({ status: 'done' });
    return json(
      job.pollsLeft === polls - 1
        ? { status: 'queued' }
        : { status: 'running', fraction: 1 - (job.pollsLeft + 1) / polls },
    );
  }

  function isRefused(index: number): boolean {
    const { refuse = false } = settings;
    return typeof refuse === 'boolean' ? refuse : refuse.includes(index);
  }

  async function answer(order: Work, signal: AbortSignal): Promise<Response> {
    const images: object[] = [];
    for (let index = 0; index < order.n; index++) images.push(await finished(order, index, signal));
    return json({ images, usage: usageOf(order) });
  }

  /** One picture of an order, or its refusal. */
  async function finished(order: Work, index: number, signal: AbortSignal): Promise<object> {
    if (isRefused(order.firstIndex + index)) return { refused: REFUSAL };
    const seed = (order.seed + index) % SEEDS;
    return { bytes: await draw({ ...order, seed }, 1, signal), seed };
  }

  function events(order: Work, signal: AbortSignal): Response {
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        const send = (data: object) => controller.enqueue(encoder.encode(`data: ${jsonText(data)}\n\n`));
        try {
          // Like a content filter: it looks before anything is drawn.
          if (madeOf(order) === 0) send({ type: 'refused', refused: REFUSAL });
          for (let index = 0; index < order.partials; index++) {
            send({ type: 'partial', index, bytes: await draw(order, (index + 1) / (order.partials + 1), signal) });
          }
          for (let index = 0; index < order.n; index++) {
            const isLast = index === order.n - 1;
            const image = await finished(order, index, signal);
            send({ type: 'image', index, ...image, ...(isLast && { usage: usageOf(order) }) });
          }
          controller.close();
        } catch (error) {
          controller.error(error);
        }
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  }

  /** How many of its pictures are drawn. */
  function madeOf({ n, firstIndex }: Work): number {
    return Array.from({ length: n }, (_, index) => firstIndex + index).filter((index) => !isRefused(index)).length;
  }

  /** Refused pictures cost nothing. */
  function usageOf(order: Work) {
    const { costUsd = 0 } = settings;
    const [inputTokens, outputTokens] = [order.prompt.length, madeOf(order)];
    return { usd: costUsd * outputTokens, inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
  }

  async function draw(order: Work, progress: number, signal: AbortSignal): Promise<Uint8Array> {
    await sleep(settings.delayMs ?? 0, signal);
    const { prompt, width, height, seed, model, background, format, style, quality } = order;
    const shown = order.input && (await showInput(order.input));
    const mask = order.mask && (await decodePng(order.mask, { maxPixels: MAX_INPUT_PIXELS }));
    const note = [order.note ?? shown?.note, style, quality].filter((word) => word !== undefined).join(', ');
    const picture = { prompt, width, height, seed, model, transparent: background === 'transparent', progress };
    const raster = await drawPicture({
      ...picture,
      ...(note && { note }),
      ...(shown && { input: shown.raster }),
      ...(mask && { mask }),
    });
    return encode(raster, format, { prompt, seed: String(seed), model });
  }
}

function encode(raster: Raster, format: Order['format'], text: Record<string, string>): Promise<Uint8Array> {
  if (format === 'jpeg') return encodeJpeg(raster);
  if (format === 'webp') return encodeWebp(raster);
  const { width, height, data } = raster;
  const { prompt: _, ...facts } = text;
  return encodePng({
    width,
    height,
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    channels: 4,
    text: facts,
  });
}

/** PNG inputs are shown as they are; of other formats, which nothing here decodes, only kind and size are told. */
async function showInput(bytes: Uint8Array): Promise<{ raster: Raster; note: string }> {
  const seen = inspectImage(bytes);
  if (seen.kind === 'image' && seen.format === 'png') {
    return { raster: await decodePng(bytes, { maxPixels: MAX_INPUT_PIXELS }), note: 'edit' };
  }
  const what = seen.kind === 'image' ? `${seen.width} x ${seen.height} ${seen.format}` : 'picture';
  return { raster: { width: 1, height: 1, data: new Uint8Array([190, 190, 190, 255]) }, note: `edit of a ${what}` };
}

async function readWork(request: Request): Promise<Work> {
  if (!request.headers.get('content-type')?.startsWith('multipart/'))
    return { ...USUAL, ...((await request.json()) as Order) };
  const form = await request.formData();
  const bytesOf = async (name: string) => {
    const file = form.get(name);
    return file === null || typeof file === 'string' ? undefined : new Uint8Array(await file.arrayBuffer());
  };
  const [input, mask] = [await bytesOf('input'), await bytesOf('mask')];
  // The adapter wrote it a moment ago, in this process.
  const order = (await new Response(form.get('order')).json()) as Order;
  return { ...USUAL, ...order, ...(input && { input }), ...(mask && { mask }) };
}

function json(value: object, status = 200): Response {
  return new Response(jsonText(value), { status, headers: { 'content-type': 'application/json' } });
}
