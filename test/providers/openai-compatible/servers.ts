/**
 * Small fakes of the servers that `openai-compatible` talks to, one per kind. Each accepts, ignores and refuses what the real one does; for
 * sources see `src/providers/openai-compatible/dialects.ts`. `understood` has what a server understood of a request.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { encodeSketch } from '../../../src/testing/index.ts';

type Json = Readonly<Record<string, unknown>>;

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Of a JSON body. */
  readonly json: Json;
  /** Of a multipart body, all parts by name. */
  readonly form: Readonly<Record<string, readonly (string | Uint8Array)[]>>;
}

/** What a server understood of a request. */
export interface Understood {
  readonly prompt?: unknown;
  readonly negative?: unknown;
  readonly seed?: unknown;
  readonly steps?: unknown;
  readonly guidance?: unknown;
  readonly n?: number;
  /** How many input images it decoded. */
  readonly inputs?: number;
  /** Pixels that it repaints, as `x,y`. */
  readonly repaints?: readonly string[];
}

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  readonly bytes?: Uint8Array;
}

interface Context {
  readonly origin: string;
  readonly note: (understood: Understood) => void;
}

type Route = (request: Received, context: Context) => Promise<Answer> | Answer;

interface Server {
  /** It refuses requests without this key as a bearer token. */
  readonly refusesKey?: Answer;
  readonly routes: Readonly<Record<string, Route>>;
  /** The reply of every other route. */
  readonly otherwise: Answer;
}

const GENERATE = 'POST /v1/images/generations';
const EDIT = 'POST /v1/images/edits';
const CHAT = 'POST /v1/chat/completions';
const LIST = 'GET /v1/models';

/** A PNG whose grey level encodes the seed. */
const generated = (size = '512x512', seed: unknown = 0, format: 'png' | 'jpeg' | 'webp' = 'png') => {
  const [width = 512, height = 512] = size.split(/\D/).map(Number);
  return encodeSketch({ $image: format, width, height, shade: Number(seed) % 256 });
};
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const list = (...ids: readonly string[]) => ({ json: { object: 'list', data: ids.map((id) => ({ id })) } });
const sizeIn = ({ size }: Json) => (typeof size === 'string' && /^\d+x\d+$/.test(size) ? size : '512x512');
const many = <T>(n: number, one: T): T[] => Array.from({ length: n }, () => one);
const countIn = ({ n = 1 }: Json) => Number(n);
/** The fields of a form, each once. */
const fieldsOf = ({ form }: Received): Json =>
  Object.fromEntries(Object.entries(form).map(([name, [first]]) => [name, first]));
const filesIn = ({ form }: Received, ...names: readonly string[]) =>
  names.flatMap((name) => form[name] ?? []).filter((part) => typeof part !== 'string');

/** @param reading which pixels of a mask a server repaints: those that are white, or those that are transparent */
async function repaintsOf(mask: string | Uint8Array | undefined, reading: 'white' | 'transparent') {
  if (mask === undefined) return undefined;
  const bytes = typeof mask === 'string' ? Buffer.from(mask, 'base64') : mask;
  const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return Array.from({ length: info.width * info.height }, (_, pixel) => pixel)
    .filter((pixel) => (reading === 'white' ? data[pixel * 4]! > 127 : data[pixel * 4 + 3]! < 128))
    .map((pixel) => `${pixel % info.width},${Math.floor(pixel / info.width)}`);
}

const vllmError = (status: number, message: string): Answer => ({
  status,
  json: { error: { message, type: 'Bad Request', param: null, code: status } },
});
const detail = (status: number, text: unknown): Answer => ({ status, json: { detail: text } });

const localai: Server = {
  otherwise: { status: 404, json: { error: { code: 404, message: 'Not Found', type: '' } } },
  routes: {
    async [GENERATE]({ json }, { origin, note }) {
      const [prompt, negative] = String(json.prompt).split('|');
      if (typeof json.size === 'string' && json.size.includes('x') && !/^\d+x\d+$/.test(json.size))
        return { status: 500, json: { error: { code: 500, message: "invalid value for 'size'", type: '' } } };
      const inputs = (json.ref_images as readonly string[] | undefined) ?? [];
      // A data URI fails to decode, is only logged, and the call goes on.
      const decoded = inputs.filter((input) => !input.startsWith('data:')).length;
      note({ prompt, negative, seed: json.seed, steps: json.step, n: countIn(json), inputs: decoded });
      const bytes = await generated(sizeIn(json), json.seed);
      const one =
        json.response_format === 'b64_json'
          ? { index: 0, b64_json: base64(bytes) }
          : { index: 0, url: `${origin}/generated-images/x.png` };
      return { json: { id: 'a', created: 0, data: many(countIn(json), one), usage: ZEROS } };
    },
    async 'POST /v1/images/inpainting'(request, { origin, note }) {
      const { prompt, steps } = fieldsOf(request);
      const repaints = await repaintsOf(request.form.mask?.[0], 'white');
      note({ prompt, steps, inputs: filesIn(request, 'image').length, repaints: repaints ?? [] });
      return { json: { created: 0, data: [{ index: 0, url: `${origin}/generated-images/x.png` }] } };
    },
    'GET /generated-images/x.png': async () => ({ bytes: await generated('512x512') }),
    [LIST]: () => list('flux.1-dev', 'whisper-1'),
  },
};
const ZEROS = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

const vllmOmni: Server = {
  refusesKey: { status: 401, json: { error: 'Unauthorized' } },
  otherwise: detail(404, 'Not Found'),
  routes: {
    async [GENERATE]({ json }, { note }) {
      const { response_format: wanted = 'b64_json', n = 1 } = json;
      if (wanted === 'url') return vllmError(400, "response_format 'url' is not supported, use 'b64_json'");
      if (Number(n) < 1 || Number(n) > 10) return vllmError(400, 'n must be between 1 and 10');
      note({
        prompt: json.prompt,
        negative: json.negative_prompt,
        seed: json.seed,
        steps: json.num_inference_steps,
        guidance: json.guidance_scale,
        n: Number(n),
      });
      const bytes = await generated(sizeIn(json), json.seed);
      if (wanted === 'file') return { headers: { 'content-type': 'image/png' }, bytes };
      const one = { b64_json: base64(bytes), url: null, revised_prompt: null };
      return { json: { created: 1763600000.5, data: many(Number(n), one) } };
    },
    async [EDIT](request, { note }) {
      const { prompt, negative_prompt: negative, seed } = fieldsOf(request);
      const inputs = filesIn(request, 'image').length;
      if (inputs === 0) return vllmError(400, 'image or url is required');
      const repaints = await repaintsOf(request.form.mask_image?.[0], 'white');
      note({ prompt, negative, seed, inputs, ...(repaints && { repaints }) });
      return { json: { created: 0, data: [{ b64_json: base64(await generated()) }] } };
    },
    [LIST]: () => list('Qwen/Qwen-Image'),
  },
};

const sglang: Server = {
  otherwise: detail(404, 'Not Found'),
  routes: {
    async [GENERATE]({ json }, { note }) {
      const { seed = 1024 } = json;
      const n = Math.min(Math.max(countIn(json), 1), 10);
      note({
        prompt: json.prompt,
        negative: json.negative_prompt,
        seed,
        steps: json.num_inference_steps,
        guidance: json.guidance_scale,
        n,
      });
      if (json.response_format === undefined)
        return detail(400, "response_format='url' requires cloud storage to be configured.");
      const file = { revised_prompt: json.prompt, file_path: '/srv/outputs/secret-place.png' };
      const one =
        json.response_format === 'url'
          ? { ...file, url: '/v1/images/g1/content' }
          : { ...file, b64_json: base64(await generated(sizeIn(json), seed)) };
      return { json: { id: 'g1', created: 1763600000, data: many(n, one) } };
    },
    async [EDIT](request, { note }) {
      const inputs = filesIn(request, 'image', 'image[]').length;
      const { prompt, seed = 1024 } = fieldsOf(request);
      if (inputs === 0) return detail(422, [{ loc: ['body', 'image'], msg: 'Field required', type: 'missing' }]);
      note({ prompt, seed, inputs });
      return { json: { id: 'g1', created: 0, data: [{ b64_json: base64(await generated('512x512', seed)) }] } };
    },
    'GET /v1/images/g1/content': async () => ({ bytes: await generated() }),
  },
};

const openAiError = (status: number, message: string, type = 'invalid_request_error', code: unknown = null) => ({
  status,
  json: { error: { message, type, param: null, code } },
});

const ollama: Server = {
  otherwise: { status: 404, headers: { 'content-type': 'text/plain' }, text: '404 page not found' },
  routes: {
    async [GENERATE]({ json }, { note }) {
      if (json.response_format !== 'b64_json') return openAiError(400, 'response_format must be b64_json');
      note({ prompt: json.prompt, seed: json.seed, n: 1 });
      const data = json.prompt === 'nothing' ? null : [{ b64_json: base64(await generated(sizeIn(json), json.seed)) }];
      return { json: { created: 1763600000, data } };
    },
    async [EDIT]({ json }, { note }) {
      const isDataUrl = typeof json.image === 'string' && json.image.startsWith('data:image/');
      if (!isDataUrl) return openAiError(400, 'image must be a data URI');
      note({ prompt: json.prompt, inputs: 1 });
      return { json: { created: 1763600000, data: [{ b64_json: base64(await generated()) }] } };
    },
    [LIST]: () => list('x/z-image-turbo', 'llama3.2'),
  },
};

const TAG = /<sd_cpp_extra_args>(.*?)<\/sd_cpp_extra_args>/;

function sdCppReads(fields: Json): Understood {
  const [tag = '', extra = '{}'] = TAG.exec(String(fields.prompt)) ?? [];
  const { seed = 42, negative_prompt: negative, sample_params: sample = {} } = JSON.parse(extra);
  const prompt = String(fields.prompt).replace(tag, '').trim();
  return { prompt, negative, seed, steps: sample.sample_steps, guidance: sample.guidance?.txt_cfg, n: countIn(fields) };
}

const sdCpp: Server = {
  otherwise: { status: 404, text: '' },
  routes: {
    async [GENERATE]({ json }, { note }) {
      const { output_format: format = 'png' } = json;
      if (!['png', 'jpeg', 'webp'].includes(String(format))) return { status: 400, json: { error: 'bad format' } };
      if (json.prompt === 'too much')
        return { status: 500, json: { error: 'server_error', message: 'CUDA error: out of memory' } };
      const read = sdCppReads(json);
      note(read);
      const bytes = await generated(sizeIn(json), read.seed, format as 'png');
      return { json: { created: 0, output_format: format, data: many(read.n ?? 1, { b64_json: base64(bytes) }) } };
    },
    async [EDIT](request, { note }) {
      const fields = fieldsOf(request);
      const read = sdCppReads(fields);
      const repaints = await repaintsOf(request.form.mask?.[0], 'white');
      note({ ...read, inputs: filesIn(request, 'image[]').length, ...(repaints && { repaints }) });
      return { json: { created: 0, data: [{ b64_json: base64(await generated('512x512', read.seed)) }] } };
    },
    [LIST]: () => list('sd-cpp-local'),
  },
};

const koboldcpp: Server = {
  otherwise: { status: 404, headers: { 'content-type': 'text/html' }, text: '' },
  routes: {
    async [GENERATE]({ json, form }, { note }) {
      if (Object.keys(form).length > 0) return detail(500, { msg: 'Error parsing input.', type: 'bad_input' });
      if (json.prompt === 'busy') return detail(503, { msg: 'Server is busy.', type: 'service_unavailable' });
      const repaints = await repaintsOf(json.mask as string | undefined, 'white');
      note({
        prompt: json.prompt,
        negative: json.negative_prompt,
        seed: json.seed ?? -1,
        steps: json.steps ?? 20,
        guidance: json.cfg_scale ?? 5,
        n: 1,
        inputs: Math.min((json.init_images as readonly string[] | undefined)?.length ?? 0, 1),
        ...(repaints && { repaints }),
      });
      const image = json.prompt === 'nothing' ? '' : base64(await generated(sizeIn(json), json.seed));
      const constants = { background: 'opaque', output_format: 'png', size: '1024x1024', quality: 'medium' };
      return { json: { created: 0, data: [{ b64_json: image }], ...constants } };
    },
    [LIST]: () => list('koboldcpp/flux'),
  },
};

const xinference: Server = {
  otherwise: detail(404, 'Not Found'),
  routes: {
    async [GENERATE]({ json }, { note }) {
      if (json.model !== 'sd3.5-medium') return detail(404, `Model not found in the model list, uid: ${json.model}`);
      const {
        seed,
        negative_prompt: negative,
        num_inference_steps: steps,
        guidance_scale: guidance,
      } = JSON.parse(typeof json.kwargs === 'string' ? json.kwargs : '{}');
      note({ prompt: json.prompt, negative, seed, steps, guidance, n: countIn(json) });
      const bytes = await generated(sizeIn(json), seed, 'jpeg');
      const one =
        json.response_format === 'b64_json'
          ? { url: null, b64_json: base64(bytes) }
          : { url: '/root/.xinference/image/0badc0de.jpg', b64_json: null };
      return { json: { created: 1763600000, data: many(countIn(json), one) } };
    },
    async [EDIT](request, { note }) {
      const repaints = await repaintsOf(request.form.mask?.[0], 'white');
      const inputs = filesIn(request, 'image', 'image[]', 'images', 'images[]').length;
      note({ prompt: fieldsOf(request).prompt, inputs, ...(repaints && { repaints }) });
      return { json: { created: 0, data: [{ url: null, b64_json: base64(await generated()) }] } };
    },
    [LIST]: () => ({
      json: {
        data: [
          { id: 'sd3.5-medium', model_type: 'image', model_ability: ['text2image'] },
          { id: 'qwen3', model_type: 'LLM' },
        ],
      },
    }),
  },
};

/** The gateway; behind it is SGLang. */
const gpustack: Server = {
  refusesKey: { status: 401, json: { error: { message: 'Invalid API key', code: 401, type: 'Unauthorized' } } },
  otherwise: { status: 404, json: { code: 404, reason: 'NotFound', message: 'Not Found', details: null } },
  routes: {
    [GENERATE]: (request, context) =>
      request.json.model === 'flux'
        ? sglang.routes[GENERATE]!(request, context)
        : { status: 404, json: { error: { message: 'Model not found', code: 404, type: 'NotFound' } } },
    [EDIT]: (request, context) => sglang.routes[EDIT]!(request, context),
    [LIST]: () => list('flux'),
  },
};

const litellm: Server = {
  refusesKey: { status: 401, json: { error: { message: 'Authentication Error', type: 'auth_error', code: '401' } } },
  otherwise: detail(404, 'Not Found'),
  routes: {
    async [GENERATE]({ json }, { note }) {
      if (/gpt-image/.test(String(json.model)) && json.response_format !== undefined)
        return openAiError(400, 'litellm.UnsupportedParamsError: response_format is not supported', 'None', '400');
      if (json.prompt === 'forbidden')
        return openAiError(400, 'litellm.ContentPolicyViolationError: rejected by the safety system', 'None', '400');
      if (json.prompt === 'expensive')
        return openAiError(
          400,
          'Budget has been exceeded! Current cost: 1.2, Max budget: 1.0',
          'budget_exceeded',
          '400',
        );
      note({ prompt: json.prompt, n: countIn(json), seed: json.seed, negative: json.negative_prompt });
      const one = { b64_json: base64(await generated(sizeIn(json))), url: null, revised_prompt: null };
      const headers = { 'x-litellm-response-cost': '0.04', 'x-litellm-call-id': 'call-1' };
      return { headers, json: { created: 1763600000, data: many(countIn(json), one), usage: null, size: null } };
    },
    async [EDIT](request, { note }) {
      const [one, several] = [filesIn(request, 'image').length, filesIn(request, 'image[]').length];
      if (one > 0 && several > 0) return detail(422, 'Cannot specify both image and image[]');
      const repaints = await repaintsOf(request.form.mask?.[0], 'transparent');
      note({ prompt: fieldsOf(request).prompt, inputs: one + several, ...(repaints && { repaints }) });
      return { json: { created: 0, data: [{ b64_json: base64(await generated()), url: null }] } };
    },
    [LIST]: () => list('openai/gpt-image-2', 'flux-pro'),
  },
};

const PORTKEY_TAKES = ['prompt', 'model', 'n', 'quality', 'response_format', 'size', 'style', 'user'];

const portkey: Server = {
  otherwise: { status: 404, json: { status: 'failure', message: 'Not Found' } },
  routes: {
    async [GENERATE]({ json, headers }, { note }) {
      if (headers['x-portkey-provider'] === undefined && headers['x-portkey-config'] === undefined)
        return {
          status: 400,
          json: { status: 'failure', message: 'Either x-portkey-config or x-portkey-provider header is required' },
        };
      if (json.prompt === 'quiet failure') return { json: { status: 'failure', message: 'the vendor did not answer' } };
      const passed = Object.fromEntries(Object.entries(json).filter(([name]) => PORTKEY_TAKES.includes(name)));
      if (passed.model === 'dall-e-2')
        return {
          status: 404,
          json: {
            error: {
              message: 'openai error: The model dall-e-2 was not found',
              type: 'invalid_request_error',
              code: 'model_not_found',
            },
            provider: 'openai',
          },
        };
      note({ prompt: passed.prompt, n: countIn(passed), seed: passed.seed });
      return {
        json: { created: 0, data: many(countIn(passed), { b64_json: base64(await generated(sizeIn(passed))) }) },
      };
    },
    [LIST]: () => list('gpt-image-2'),
  },
};

const png = { type: 'image_url', image_url: { url: `data:image/png;base64,${base64(await generated('64x64', 1))}` } };
const second = {
  type: 'image_url',
  image_url: { url: `data:image/png;base64,${base64(await generated('64x64', 2))}` },
};
const whole = (message: Json) => ({
  json: {
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', ...message } }],
    usage: { prompt_tokens: 5, completion_tokens: 1290, total_tokens: 1295, cost: 0.039 },
  },
});

/** The replies of a chat gateway to the prompts of the tests; any other prompt gets one image. */
const CHAT_ANSWERS: Readonly<Record<string, Answer>> = {
  'with words': whole({ content: 'Here is your image.', images: [png] }),
  'in Markdown': whole({ content: `Here:\n\n![fox](${png.image_url.url})` }),
  'as a part': whole({ content: [{ type: 'text', text: 'Here.' }, png] }),
  'only words': whole({ content: 'Which season should it be?' }),
  refused: whole({ content: null, refusal: 'I cannot help with that.' }),
};

function chat({ json, headers }: Received, { note }: Context): Answer {
  const [message] = json.messages as readonly { content: string | readonly Json[] }[];
  const content = message?.content ?? '';
  const parts = typeof content === 'string' ? [] : content;
  const prompt = typeof content === 'string' ? content : parts.find(({ type }) => type === 'text')?.text;
  note({ prompt, inputs: parts.filter(({ type }) => type === 'image_url').length });
  if (json.stream !== true) return CHAT_ANSWERS[String(prompt)] ?? whole({ content: '', images: [png] });
  const events = [
    { choices: [{ index: 0, delta: { role: 'assistant', content: 'Two ' } }] },
    { choices: [{ index: 0, delta: { content: 'foxes.', images: [png, second] } }] },
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: { total_tokens: 1295 } },
  ];
  const text = [...events.map((event) => JSON.stringify(event)), '[DONE]'].map((data) => `data: ${data}\n\n`).join('');
  return { headers: { 'content-type': headers.accept ?? 'text/event-stream' }, text };
}

const vercel: Server = {
  refusesKey: openAiError(401, 'Authentication failed', 'authentication_error'),
  otherwise: openAiError(404, 'Not Found', 'not_found'),
  routes: {
    async [GENERATE]({ json }, { note }) {
      if (json.model === 'bfl/nothing') return openAiError(404, "Model 'bfl/nothing' not found", 'model_not_found');
      note({ prompt: json.prompt, n: countIn(json) });
      const data = many(countIn(json), { b64_json: base64(await generated(sizeIn(json))) });
      return { json: { created: 0, data, providerMetadata: { gateway: { cost: '0.04', generationId: 'g1' } } } };
    },
    [CHAT]: chat,
    [LIST]: () => ({
      json: {
        data: [
          { id: 'bfl/flux-pro-1.1', type: 'image' },
          { id: 'google/gemini-3-pro-image', type: 'language' },
        ],
      },
    }),
  },
};

const chatGateway: Server = {
  otherwise: { status: 404, headers: { 'content-type': 'text/html' }, text: '<html><title>Not here</title></html>' },
  routes: { [CHAT]: chat, [LIST]: () => ({ json: { models: [{ name: 'google/gemini-3-pro-image' }] } }) },
};

export const SERVERS = {
  localai,
  'vllm-omni': vllmOmni,
  sglang,
  ollama,
  'ollama-0.32.6': { otherwise: ollama.otherwise, routes: { [LIST]: ollama.routes[LIST]! } },
  'lm-studio': {
    // Every route that it lacks answers 200.
    otherwise: { json: { error: 'Unexpected endpoint or method. (POST /v1/images/generations)' } },
    routes: { [LIST]: () => list('qwen3') },
  },
  'sd-cpp': sdCpp,
  koboldcpp,
  xinference,
  gpustack,
  litellm,
  portkey,
  'vercel-ai-gateway': vercel,
  chat: chatGateway,
} as const satisfies Readonly<Record<string, Server>>;
export type ServerKind = keyof typeof SERVERS;

export interface OpenServer extends AsyncDisposable {
  readonly origin: string;
  readonly baseUrl: string;
  readonly received: readonly Received[];
  readonly understood: readonly Understood[];
}

/** @param apiKey the only key that a server with `refusesKey` accepts */
export const openServer = (kind: ServerKind, apiKey?: string): Promise<OpenServer> => open(SERVERS[kind], apiKey);

/** A server that sends the same reply to every request. */
export const openAnswering = (answer: Answer): Promise<OpenServer> => open({ routes: {}, otherwise: answer });

/** A server whose replies a function computes from the request. */
export const openWith = (route: Route): Promise<OpenServer> =>
  open({ routes: { 'GET *': route, 'POST *': route }, otherwise: { status: 404 } });

async function open({ routes, refusesKey, otherwise }: Server, apiKey?: string): Promise<OpenServer> {
  const received: Received[] = [];
  const understood: Understood[] = [];
  const server = createServer(async (incoming, response) => {
    const request = await read(incoming);
    received.push(request);
    const isRefused = apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`;
    const route = routes[`${request.method} ${request.path}`] ?? routes[`${request.method} *`];
    const context = { origin, note: (one: Understood) => void understood.push(one) };
    const answer = isRefused && refusesKey ? refusesKey : ((await route?.(request, context)) ?? otherwise);
    const { status = 200, headers = {}, json, text = '', bytes } = answer;
    const type = json === undefined ? {} : { 'content-type': 'application/json' };
    response
      .writeHead(status, { ...type, ...headers })
      .end(bytes ?? (json === undefined ? text : JSON.stringify(json)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    baseUrl: `${origin}/v1`,
    received,
    understood,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(incoming: import('node:http').IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const { method = '', url = '', headers } = incoming;
  const type = headers['content-type'] ?? '';
  const common = { method, path: url, headers };
  if (type.startsWith('application/json')) return { ...common, json: JSON.parse(body.toString()) as Json, form: {} };
  if (!type.startsWith('multipart/')) return { ...common, json: {}, form: {} };
  const parts = await new Response(body, { headers: { 'content-type': type } }).formData();
  const names = [...new Set(parts.keys())];
  const form = await Promise.all(
    names.map(async (name) => {
      const all = parts.getAll(name).map(async (part) => (typeof part === 'string' ? part : part.bytes()));
      return [name, await Promise.all(all)] as const;
    }),
  );
  return { ...common, json: {}, form: Object.fromEntries(form) };
}
