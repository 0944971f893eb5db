/** A vendor on a real socket. A plan decides what it does with each call. It records what it accepted and at which price. */
import fc from 'fast-check';
import * as z from 'zod/mini';
import { blob, defineProvider, get, type ImageItem, jobFeature, post } from '../../src/providers/kit/index.ts';
import type { ModelCard } from '../../src/providers/protocol/model-card.ts';
import { type Hit, startServer } from '../faults/hostile-server.ts';
import { base64, KEY, png } from '../faults/support.ts';

/** The estimated cost of a call, from the model card. */
export const ESTIMATE_MICROS = 100_000;

const card: ModelCard = {
  title: 'Test',
  sizes: { kind: 'free', multipleOf: 1, minEdge: 1, maxEdge: 40_000, minPixels: 1, maxPixels: 2e9, maxRatio: 100 },
  formats: ['png'],
  maxImages: 1,
  maxPromptLength: 1_000,
  pricing: { images: [{ usd: ESTIMATE_MICROS / 1e6 }], asOf: '2026-11-01', source: 'made up' },
  source: 'made up',
};

const responseSchema = z.object({
  status: z.nullish(z.string()),
  usd: z.nullish(z.unknown()),
  images: z.nullish(z.array(z.object({ bytes: z.nullish(blob()), link: z.nullish(z.string()) }))),
});
type Response = z.infer<typeof responseSchema>;
const toUsage = ({ usd }: Response) => (typeof usd === 'number' ? { usd } : undefined);
const adapter = {
  baseUrl: 'https://vendor.invalid',
  models: { 'test-1': card },
  defaultModel: 'test-1',
  optionsSchema: z.strictObject({}),
  responseSchema,
  toImages: ({ images }: Response) =>
    (images ?? []).flatMap(({ bytes, link }): readonly ImageItem[] => (bytes ? [{ bytes }] : link ? [{ link }] : [])),
  toUsage,
  errorSchema: z.object({ error: z.string() }),
  toError: ({ error }: { error: string }) => ({ message: error }),
};
const auth = { kind: 'bearer', env: ['TEST_KEY'] } as const;

const direct = defineProvider({
  ...adapter,
  about: { id: 'direct', title: 'Direct', aliases: [], auth },
  toRequest: ({ prompt }) => post('images', { prompt }),
});

const jobs = defineProvider({
  ...adapter,
  about: { id: 'jobs', title: 'Jobs', aliases: [], auth },
  toRequest: ({ prompt }) => post('jobs', { prompt }),
  job: {
    feature: jobFeature,
    submittedSchema: z.object({ id: z.string() }),
    toHandle: ({ id }) => ({ id }),
    toPoll: ({ id }) => get(`jobs/${id}`),
    stateSchema: responseSchema,
    toState: ({ status }) => {
      if (status === 'done') return { kind: 'done' };
      return status === 'failed' ? { kind: 'failed', message: 'out of paint' } : { kind: 'running', retryAfterMs: 20 };
    },
    toCancel: ({ id }) => post(`jobs/${id}/cancel`, {}),
  },
});

/** Both kinds of vendor, as providers of a manager. */
export function coverProviders(origin: string) {
  const settings = {
    apiKey: KEY,
    baseUrl: origin,
    limits: { maxRetries: 1, minPollIntervalMs: 10, maxConcurrent: 64, pollsPerSecond: 1_000 },
  };
  return { direct: direct.create(settings), jobs: jobs.create(settings) };
}

/** Replies that mean that no work was started. */
const REFUSALS = ['400', '402', '429', '503'] as const;
/** What happens with an accepted submit. */
const ACCEPTED = [
  'answer',
  'answer',
  'answer',
  'odd',
  'lost',
  'cut',
  'stall',
  '500',
  'empty',
  'error',
  'page',
] as const;
const POLLS = ['running', 'running', '404', '401', '500', 'page', 'stall', 'lost'] as const;
const FILES = ['404', 'cut', 'page', 'lost'] as const;

export interface Course {
  readonly kind: 'direct' | 'jobs';
  /** Refusals come first, one for each attempt. */
  readonly refusals: readonly (typeof REFUSALS)[number][];
  /** `never`: each attempt is refused. */
  readonly submit: (typeof ACCEPTED)[number] | 'never';
  /** After these the job is done, or has failed. */
  readonly polls: readonly (typeof POLLS)[number][];
  readonly isFailing: boolean;
  readonly files: readonly (typeof FILES)[number][];
  readonly priceMicros: number;
  /** Whether the last reply contains the price. A price above the estimate is always reported. */
  readonly isReported: boolean;
}

const rarely = { maxLength: 2 } as const;
export const courses: fc.Arbitrary<Course> = fc.record(
  {
    kind: fc.constantFrom('direct', 'jobs'),
    refusals: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(fc.constantFrom(...REFUSALS), rarely) },
    ),
    submit: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...ACCEPTED) },
      { weight: 1, arbitrary: fc.constant('never' as const) },
    ),
    polls: fc.array(fc.constantFrom(...POLLS), { maxLength: 3 }),
    isFailing: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
    files: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(fc.constantFrom(...FILES), rarely) },
    ),
    priceMicros: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(20_000, 50_000, ESTIMATE_MICROS) },
      { weight: 1, arbitrary: fc.constant(4_000_000) },
    ),
    isReported: fc.boolean(),
  },
  { noNullPrototype: true },
);

const PAGE = '<html>Please log in</html>';

const priceOf = ({ isReported, priceMicros }: Course) =>
  isReported || priceMicros > ESTIMATE_MICROS ? { usd: priceMicros / 1e6 } : {};

const answer = (hit: Hit, how: string, body: unknown) => {
  switch (how) {
    case 'lost':
      return hit.reset();
    case 'stall':
      return undefined;
    case 'cut': {
      const text = JSON.stringify(body);
      hit.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text.slice(0, -8)}`,
      );
      hit.socket.end();
      return;
    }
    case 'empty':
      return hit.reply(200, {});
    case 'error':
      return hit.reply(200, { error: 'try again later' });
    case 'page':
      return hit.reply(200, PAGE, { 'content-type': 'text/html' });
    case 'answer':
    case 'odd':
      return hit.reply(200, body);
    default:
      return hit.reply(Number(how), { error: 'no' });
  }
};

/** @param plan what to do with each prompt */
export async function startCoverVendor(plan: ReadonlyMap<string, Course>) {
  /** How often each prompt was accepted. More than once means a double charge. */
  const accepted = new Map<string, number>();
  const asked = new Map<string, number>();
  const nth = (what: string) => {
    const count = asked.get(what) ?? 0;
    asked.set(what, count + 1);
    return count;
  };

  const server = await startServer((hit) => {
    const [, folder = '', id = '', what] = hit.path.split('/');
    if (what === 'cancel') return hit.reply(200, {});
    if (hit.method === 'POST') return submit(hit, (JSON.parse(hit.body) as { prompt: string }).prompt);
    const course = plan.get(id.replace(/\.png$/, ''))!; // ids are prompts
    if (folder === 'files') return file(hit, course, nth(`file ${id}`));
    return poll(hit, id, course, nth(`poll ${id}`));
  });

  const submit = (hit: Hit, prompt: string) => {
    const course = plan.get(prompt)!; // the plan names all of them
    const refusal = course.submit === 'never' ? '400' : course.refusals[nth(`submit ${prompt}`)];
    if (refusal !== undefined) return hit.reply(Number(refusal), { error: 'no' }, { 'retry-after': '0' });
    accepted.set(prompt, (accepted.get(prompt) ?? 0) + 1);
    const odd = { cost: '4.0', usage: null, eta: {}, warnings: [null, 7] };
    const job = course.submit === 'odd' ? { id: prompt, error: 'none', ...odd } : { id: prompt };
    const images = { images: [{ bytes: base64(png()) }], ...priceOf(course), ...(course.submit === 'odd' && odd) };
    answer(hit, course.submit, course.kind === 'jobs' ? job : images);
  };

  const poll = (hit: Hit, id: string, course: Course, count: number) => {
    const now = course.polls[count];
    if (now === 'running') return hit.reply(200, { status: 'running' });
    if (now !== undefined) return answer(hit, now, { status: 'done' });
    if (course.isFailing) return hit.reply(200, { status: 'failed' });
    const link = `http://${hit.headers.host}/files/${id}.png`;
    hit.reply(200, { status: 'done', images: [{ link }], ...priceOf(course) });
  };

  const file = (hit: Hit, { files }: Course, count: number) => {
    const now = files[count];
    if (now === undefined) return hit.reply(200, png(), { 'content-type': 'image/png' });
    if (now === 'cut') return hit.reply(200, png().slice(0, 60), { 'content-type': 'image/png' });
    answer(hit, now, {});
  };

  /** @returns the minimum amount owed; with `known`, also prices known from a returned result or from a person */
  function owed(known: ReadonlySet<string> = new Set()): number {
    let micros = 0;
    for (const prompt of accepted.keys()) {
      const { priceMicros } = plan.get(prompt)!; // as above
      micros += known.has(prompt) ? priceMicros : Math.min(priceMicros, ESTIMATE_MICROS);
    }
    return micros;
  }

  return { server, accepted, owed };
}
