/** The wire formats of jobs at real vendors. To add a vendor, add a row. */

/** What a request is for. `aside`: a free request before the submit; `result`: a separate request for the images of a finished job. */
export type Step = 'aside' | 'submit' | 'poll' | 'result' | 'file' | 'cancel';

/** `empty`: done, without an image. */
export type Standing = 'queued' | 'running' | 'done' | 'empty' | 'failed';

export interface VendorShape {
  readonly id: string;
  readonly model: string;
  /** The path after the server's address. */
  readonly base: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly stepOf: (method: string, path: string) => Step;
  readonly submitted: (origin: string) => object;
  /** The reply to a poll, or to the request for the result. */
  readonly standing: (standing: Standing, link: string, origin: string) => object;
  /** Final statuses beside `failed`. */
  readonly ended: readonly object[];
  /** The path of the result, when it needs a separate request. */
  readonly result?: (link: string) => object;
  /** The vendor's status for waiting jobs. */
  readonly hasQueue: boolean;
  /** Whether a running job can be cancelled. `looks`: it is polled first. */
  readonly cancels: 'no' | 'yes' | 'looks';
}

/** The reason of a failed job in every wire format. */
export const REASON = 'out of paint';

const STANDINGS: Readonly<Record<string, Readonly<Record<Standing, string>>>> = {
  fal: { queued: 'IN_QUEUE', running: 'IN_PROGRESS', done: 'COMPLETED', empty: 'COMPLETED', failed: 'COMPLETED' },
  bfl: { queued: 'Queued', running: 'Pending', done: 'Ready', empty: 'Ready', failed: 'Error' },
  replicate: { queued: 'starting', running: 'processing', done: 'succeeded', empty: 'succeeded', failed: 'failed' },
  luma: { queued: 'queued', running: 'processing', done: 'completed', empty: 'completed', failed: 'failed' },
  runway: { queued: 'THROTTLED', running: 'RUNNING', done: 'SUCCEEDED', empty: 'SUCCEEDED', failed: 'FAILED' },
  leonardo: { queued: 'PENDING', running: 'PENDING', done: 'COMPLETE', empty: 'COMPLETE', failed: 'FAILED' },
  firefly: { queued: 'pending', running: 'running', done: 'succeeded', empty: 'succeeded', failed: 'failed' },
};

const asked = (method: string): Step => (method === 'POST' ? 'submit' : 'poll');

export const SHAPES: readonly VendorShape[] = [
  {
    id: 'fal',
    model: 'fal-ai/flux/dev',
    base: '',
    stepOf: (method, path) => {
      if (method === 'PUT') return 'cancel';
      return method === 'POST' ? 'submit' : path.endsWith('/status') ? 'poll' : 'result';
    },
    submitted: (origin) => {
      const job = `${origin}/fal-ai/flux/requests/r1`;
      return { request_id: 'r1', status_url: `${job}/status`, response_url: job, cancel_url: `${job}/cancel` };
    },
    standing: (standing) => ({ status: STANDINGS.fal?.[standing], request_id: 'r1' }),
    ended: [],
    result: (link) => ({ images: link === '' ? [] : [{ url: link }], seed: 7 }),
    hasQueue: true,
    cancels: 'yes',
  },
  {
    id: 'bfl',
    model: 'flux-2-pro',
    base: '/v1',
    stepOf: asked,
    submitted: (origin) => ({ id: 'j1', polling_url: `${origin}/v1/get_result?id=j1` }),
    standing: (standing, link) => ({
      id: 'j1',
      status: STANDINGS.bfl?.[standing],
      ...(standing === 'done' && { result: { sample: link } }),
      ...(standing === 'failed' && { details: { reason: REASON } }),
    }),
    ended: [{ id: 'j1', status: 'Task not found' }],
    hasQueue: false,
    cancels: 'no',
  },
  {
    id: 'replicate',
    model: 'black-forest-labs/flux-schnell',
    base: '/v1',
    stepOf: (method, path) => {
      if (path.endsWith('/cancel')) return 'cancel';
      return method === 'POST' ? 'submit' : path.startsWith('/v1/models/') ? 'aside' : 'poll';
    },
    submitted: (origin) => prediction('starting', null, origin),
    standing: (standing, link, origin) =>
      prediction(
        STANDINGS.replicate?.[standing] ?? '',
        standing === 'done' ? [link] : null,
        origin,
        standing === 'failed',
      ),
    ended: [
      { id: 'p1', status: 'aborted' },
      { id: 'p1', status: 'canceled' },
    ],
    hasQueue: true,
    cancels: 'yes',
  },
  {
    id: 'luma',
    model: 'uni-1',
    base: '/v1',
    stepOf: asked,
    submitted: () => ({ id: 'g1', state: 'queued' }),
    standing: (standing, link) => ({
      id: 'g1',
      state: STANDINGS.luma?.[standing],
      output: standing === 'done' ? [{ type: 'image', url: link }] : [],
      ...(standing === 'failed' && { failure_code: 'generation_failed', failure_reason: REASON }),
    }),
    ended: [],
    hasQueue: false,
    cancels: 'no',
  },
  {
    id: 'runway',
    model: 'gen4_image',
    base: '/v1',
    stepOf: (method) => (method === 'DELETE' ? 'cancel' : asked(method)),
    submitted: () => ({ id: 't1', estimatedCost: { credits: 8 } }),
    standing: (standing, link) => ({
      id: 't1',
      status: STANDINGS.runway?.[standing],
      ...(standing === 'done' && { output: [link] }),
      ...(standing === 'failed' && { failure: REASON, failureCode: 'INTERNAL' }),
    }),
    ended: [{ id: 't1', status: 'CANCELLED' }],
    hasQueue: true,
    cancels: 'looks',
  },
  {
    id: 'leonardo',
    model: 'lucid-origin',
    base: '/api/rest',
    stepOf: asked,
    submitted: () => ({ generate: { generationId: 'l1' } }),
    standing: (standing, link) => ({
      generations_by_pk: {
        status: STANDINGS.leonardo?.[standing],
        generated_images: standing === 'done' ? [{ url: link }] : [],
      },
    }),
    ended: [],
    hasQueue: false,
    cancels: 'no',
  },
  {
    id: 'firefly',
    model: 'image5',
    base: '',
    settings: { clientId: 'my-client-id', accessToken: 'token-0123456789' },
    stepOf: (method) => (method === 'PUT' ? 'cancel' : asked(method)),
    submitted: (origin) => ({
      links: { result: { href: `${origin}/v4/result/f1` }, cancel: { href: `${origin}/v4/cancel/f1` } },
    }),
    standing: (standing, link) => ({
      status: STANDINGS.firefly?.[standing],
      ...(standing === 'done' && { result: { outputs: [{ image: { url: link } }] } }),
      ...(standing === 'failed' && { error_code: 'runtime_error', message: REASON }),
    }),
    ended: [{ status: 'timeout' }, { status: 'cancelled' }, { status: 'canceled' }],
    hasQueue: true,
    cancels: 'yes',
  },
];

function prediction(status: string, output: unknown, origin: string, hasFailed = false): object {
  const job = `${origin}/v1/predictions/p1`;
  return { id: 'p1', status, output, error: hasFailed ? REASON : null, urls: { get: job, cancel: `${job}/cancel` } };
}

/** Returns the wire format of a vendor. */
export function shapeOf(id: string): VendorShape {
  const found = SHAPES.find((each) => each.id === id);
  if (found === undefined) throw new Error(`there is no shape of ${id}`);
  return found;
}
