/** Vendors that the fault tests need beside OpenAI: one that answers with links, and one with jobs in two variants. */
import * as z from 'zod/mini';
import type { CommonSettings } from '../../src/providers/kit/adapter/settings.ts';
import {
  blob,
  defineProvider,
  get,
  type ImageItem,
  jobFeature,
  post,
  svgFeature,
} from '../../src/providers/kit/index.ts';
import type { ModelCard } from '../../src/providers/protocol/model-card.ts';
import { type Hit, type HostileServer, type ServerOptions, startServer } from './hostile-server.ts';
import { KEY, png } from './support.ts';

const card: ModelCard = {
  title: 'Test',
  sizes: { kind: 'free', multipleOf: 1, minEdge: 1, maxEdge: 40_000, minPixels: 1, maxPixels: 2e9, maxRatio: 100 },
  formats: ['png', 'jpeg', 'webp', 'svg'],
  maxImages: 4,
  maxPromptLength: 1_000,
  negativePrompt: { maxLength: 1_000 },
  source: 'made up',
};

const errorSchema = z.object({ error: z.string() });
const responseSchema = z.object({
  images: z.nullish(z.array(z.object({ bytes: z.nullish(blob()), link: z.nullish(z.string()) }))),
});

const adapter = {
  baseUrl: 'https://vendor.invalid',
  models: { 'test-1': card },
  svg: svgFeature,
  defaultModel: 'test-1',
  optionsSchema: z.strictObject({ note: z.optional(z.string()) }),
  responseSchema,
  toImages: ({ images }: z.infer<typeof responseSchema>) =>
    (images ?? []).flatMap(({ bytes, link }): readonly ImageItem[] => (bytes ? [{ bytes }] : link ? [{ link }] : [])),
  errorSchema,
  toError: ({ error }: z.infer<typeof errorSchema>) => ({ message: error }),
};

const auth = { kind: 'bearer', env: ['TEST_KEY'] } as const;
type Order = { readonly prompt: string; readonly n: number; readonly format?: string };
const order = ({ prompt, n, format }: Order) => ({ prompt, n, format });

const direct = defineProvider({
  ...adapter,
  about: { id: 'direct', title: 'Direct', aliases: [], auth },
  toRequest: (args) => post('images', order(args)),
});

const stateSchema = z.object({
  ...responseSchema.shape,
  status: z.string(),
  reason: z.optional(z.string()),
  retryMs: z.optional(z.number()),
});

const jobs = ({ hasReady = false, looksFirst = false }: { hasReady?: boolean; looksFirst?: boolean }) =>
  defineProvider({
    ...adapter,
    about: { id: 'jobs', title: 'Jobs', aliases: [], auth },
    toRequest: (args) => post('jobs', order(args)),
    job: {
      feature: jobFeature,
      submittedSchema: z.object({ id: z.string(), poll: z.optional(z.string()), done: z.optional(z.boolean()) }),
      toHandle: ({ id, poll, done }) => ({ id, pollUrl: poll, ...(done && { isDone: true }) }),
      toPoll: ({ id, pollUrl }) => get(pollUrl ?? `jobs/${id}`),
      stateSchema,
      toState: ({ status, reason = 'no reason', retryMs }, { id }) => {
        switch (status) {
          case 'done':
            return hasReady ? { kind: 'ready', request: get(`jobs/${id}/result`) } : { kind: 'done' };
          case 'failed':
          case 'aborted':
          case 'EXPIRED':
            return { kind: 'failed', message: reason };
          case 'queued':
            return { kind: 'queued', retryAfterMs: retryMs };
          default:
            return { kind: 'running', retryAfterMs: retryMs };
        }
      },
      toCancel: ({ id }) => post(`jobs/${id}/cancel`, {}),
      ...(looksFirst && { looksBeforeCancel: true }),
    },
  });

const withReady = jobs({ hasReady: true });
const withoutReady = jobs({});
const lookingFirst = jobs({ looksFirst: true });

type Settings = CommonSettings;
const common = ({ origin }: Pick<HostileServer, 'origin'>) => ({ apiKey: KEY, baseUrl: origin, deadlineMs: 5_000 });

/** Answers at once, with bytes or links. */
export const directProvider = (server: Pick<HostileServer, 'origin'>, settings: Settings = {}) =>
  direct.create({ ...common(server), ...settings });

/**
 * Answers with a job. `hasReady`: the result needs a separate request when the job is done. `looksFirst`: the job is polled before a
 * cancel, because a late cancel would delete it.
 */
export function jobProvider(
  server: Pick<HostileServer, 'origin'>,
  { hasReady = false, looksFirst = false, ...settings }: Settings & { hasReady?: boolean; looksFirst?: boolean } = {},
) {
  return (hasReady ? withReady : looksFirst ? lookingFirst : withoutReady).create({ ...common(server), ...settings });
}

/** What a job vendor does at each step. Steps that are left out succeed. */
export interface JobScript extends ServerOptions {
  readonly submit?: (hit: Hit, nth: number) => void;
  readonly poll?: (hit: Hit, nth: number) => void;
  readonly result?: (hit: Hit, nth: number) => void;
  readonly file?: (hit: Hit, nth: number) => void;
  readonly cancel?: (hit: Hit) => void;
}

export interface JobServer extends HostileServer {
  readonly submits: () => number;
  readonly polls: readonly Hit[];
  readonly files: readonly Hit[];
  readonly cancels: readonly Hit[];
}

/** A vendor whose jobs are done at the first poll and answer with a link to `/files/…` of the same server. */
export async function startJobServer(script: JobScript = {}): Promise<JobServer> {
  const polls: Hit[] = [];
  const files: Hit[] = [];
  const cancels: Hit[] = [];
  let submits = 0;
  let results = 0;
  const server = await startServer((hit) => {
    const [, folder = '', id = '', what] = hit.path.split('?')[0]?.split('/') ?? [];
    if (folder === 'files') {
      files.push(hit);
      return script.file ? script.file(hit, files.length) : hit.reply(200, png(), { 'content-type': 'image/png' });
    }
    if (hit.method === 'POST' && id === '') {
      submits++;
      if (script.submit) return script.submit(hit, submits);
      hit.bill();
      return hit.reply(200, { id: `job-${submits}` });
    }
    if (what === 'cancel') {
      cancels.push(hit);
      return script.cancel ? script.cancel(hit) : hit.reply(200, {});
    }
    if (what === 'result') {
      results++;
      return script.result ? script.result(hit, results) : hit.reply(200, { images: [{ link: linkOn(hit) }] });
    }
    polls.push(hit);
    return script.poll ? script.poll(hit, polls.length) : hit.reply(200, finished(hit));
  }, script);
  return Object.assign(server, { submits: () => submits, polls, files, cancels });
}

/** Returns a link to a file on the same server. */
export const linkOn = ({ headers }: Pick<Hit, 'headers'>, file = 'picture.png') =>
  `http://${headers.host}/files/${file}`;

/** Returns the state of a finished job. */
export const finished = (hit: Pick<Hit, 'headers'>) => ({ status: 'done', images: [{ link: linkOn(hit) }] });
