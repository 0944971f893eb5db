/**
 * One text for every error body. Servers write `{ error: { message } }`, `{ error: "text" }`, `{ object: "error", message }`, FastAPI's
 * `detail` as text, object or list, plain text and web pages.
 */
import * as z from 'zod/mini';
import type { ReadError, ReplyContext } from '../kit/index.ts';
import { dialectOf } from './dialects.ts';
import { isRefusal } from './refusal-words.ts';
import type { Settings } from './wire.ts';

const text = z.string().check(z.minLength(1));
const code = z.nullish(z.union([z.string(), z.number()]));
const place = z.nullish(z.array(z.union([z.string(), z.number()])));

interface Said {
  readonly message: string;
  readonly code?: string | undefined;
}

type Shape = (body: unknown) => Said | undefined;

/** A shape of error body, and how its words are read. */
function shape<T extends z.ZodMiniType>(schema: T, toSaid: (body: z.output<T>) => Said): Shape {
  return (body) => {
    const read = schema.safeParse(body);
    return read.success ? toSaid(read.data) : undefined;
  };
}

const isName = (value: string | number | null | undefined): value is string =>
  typeof value === 'string' && value !== '' && !/^\d+$/.test(value);

/** The first that fits counts. */
const SHAPES: readonly Shape[] = [
  shape(z.object({ error: z.object({ message: text, code, type: code }) }), ({ error }) => ({
    message: error.message,
    code: [error.code, error.type].find(isName),
  })),
  // `error` is a word for programs, and `message` says what happened.
  shape(z.object({ error: text, message: text }), ({ error, message }) => ({ message, code: error })),
  shape(z.object({ error: text }), ({ error }) => ({ message: error })),
  shape(z.object({ detail: text }), ({ detail }) => ({ message: detail })),
  shape(
    z.object({
      detail: z.object({ msg: z.nullish(text), error: z.nullish(text), message: z.nullish(text), type: code }),
    }),
    ({ detail: { msg, error, message, type } }) => ({
      message: msg ?? error ?? message ?? '',
      code: isName(type) ? type : undefined,
    }),
  ),
  shape(
    z.object({ detail: z.array(z.object({ msg: text, loc: place, type: code })).check(z.minLength(1)) }),
    ({ detail }) => ({
      message: detail.map(({ loc, msg }) => (loc ? `${loc.join('.')}: ${msg}` : msg)).join('; '),
      code: isName(detail[0]?.type) ? detail[0]?.type : undefined,
    }),
  ),
  shape(z.object({ message: text, type: code }), ({ message, type }) => ({
    message,
    code: isName(type) ? type : undefined,
  })),
  shape(
    z.object({ errors: z.array(z.union([text, z.object({ message: text })])).check(z.minLength(1)) }),
    ({ errors }) => {
      const [first] = errors;
      return { message: (typeof first === 'string' ? first : first?.message) ?? '' };
    },
  ),
  shape(z.object({ msg: text }), ({ msg }) => ({ message: msg })),
  shape(text, (body) => ({ message: isPage(body) ? titleOf(body) : withoutTags(body) })),
];

const isPage = (body: string): boolean => /^\s*<(?:!doctype|html|head|body)/i.test(body);

const withoutTags = (body: string): string =>
  body
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

function titleOf(page: string): string {
  const title = withoutTags(/<title[^<>]*>([^<]*)</i.exec(page)?.[1] ?? '');
  return title === '' ? 'the server answered with a web page' : `the server answered with a web page: ${title}`;
}

/** @returns no words where no shape fits */
export function saidIn(body: unknown): Said {
  // Google's servers, and proxies before them, put the body into a list.
  if (Array.isArray(body)) return body.length === 0 ? { message: '' } : saidIn(body[0]);
  for (const read of SHAPES) {
    const said = read(body);
    if (said !== undefined && said.message !== '') return said;
  }
  return { message: '' };
}

const NO_ROUTE =
  /404 page not found|unexpected endpoint|^not found$|cannot (?:post|get)|web page|no route|unknown (?:url|route|endpoint)/i;
/** What is longer repeats the request, and then every field is named in it. */
const MAX_SENTENCE = 300;
const OUT_OF_MEMORY = /out of memory|\bcuda\b|\boom\b/i;

/** Any body: what cannot be read has no words. */
export const errorSchema = z.unknown();

export function toError(body: unknown, { status, settings }: ReplyContext<Settings>): ReadError {
  const said = saidIn(body);
  return { message: said.message === '' ? 'no reason given' : said.message, ...meaningOf(said, status, settings) };
}

function meaningOf({ message, code = '' }: Said, status: number, settings: Settings): Omit<ReadError, 'message'> {
  // A server that is down or overloaded answers with pages too, and the route is there.
  const isAboutRoute = status === 404 || status === 405 || status < 300;
  if (isAboutRoute && (NO_ROUTE.test(message) || message === '')) return noRoute(message, settings);
  if (status === 401 || (status === 403 && !isRefusal(`${code} ${message}`)))
    return { hint: 'Check the key given as `apiKey` (in imagen.yaml: `api_key_env`) or in OPENAI_COMPATIBLE_API_KEY.' };
  if (status < 500 && status !== 429 && isRefusal(`${code} ${message}`))
    return { code: 'content_refused', hint: 'Change the prompt or the inputs.' };
  if (/insufficient_quota|budget_exceeded|budget has been exceeded/i.test(`${code} ${message}`))
    return { code: 'quota_exhausted' };
  switch (status) {
    case 404:
      return { code: 'invalid_request', hint: 'Check the name of the model: `models()` lists what the server has.' };
    case 405:
    case 415:
      return { hint: 'The server wants another kind of body on this route: set `server` to what it is.' };
    case 409:
      return { code: 'no_image', hint: 'The server cancelled the request.' };
    default:
  }
  if (status < 500 && message.length < MAX_SENTENCE && message.includes('response_format'))
    return { hint: "Set responseFormat to 'omit', 'url' or 'b64_json': this server takes another one." };
  if (OUT_OF_MEMORY.test(message))
    return { hint: 'The server ran out of memory: ask for a smaller size or fewer images.' };
  return status === 500
    ? { hint: 'Self-hosted servers often answer a bad parameter so. The request is not sent again by itself.' }
    : {};
}

/** The server is there, and the route is not: another matter than a model that is not there. */
function noRoute(message: string, { api, server }: Settings): Omit<ReadError, 'message'> {
  const route = api === 'chat' ? 'chat/completions' : 'images/generations';
  const reason = /unexpected endpoint/i.test(message)
    ? 'LM Studio has no image generation route.'
    : server === 'ollama' || /404 page not found/i.test(message)
      ? 'Ollama has no image route since 0.32.6.'
      : undefined;
  const kind = server === 'generic' ? '' : ` It may be another server than ${dialectOf(server).title}.`;
  const hint = `The server has no route ${route} here: check baseUrl, which usually ends in /v1.${reason ? ` ${reason}` : kind}`;
  return { code: 'unsupported', charged: 'no', hint };
}

/**
 * Failures that arrive with a status of success: LM Studio's answer to a route that it lacks, and a refusal of the content in an error body
 * without images. Sources: lmstudio-ai/lmstudio-bug-tracker issue 618; LiteLLM and Portkey pass such bodies of vendors on.
 */
export const refusalSchema = z.unknown().check(
  z.refine((body) => {
    const read = z.object({ error: z.unknown(), data: z.nullish(z.array(z.unknown())) }).safeParse(body);
    if (!read.success || (read.data.data?.length ?? 0) > 0) return false;
    const { message, code = '' } = saidIn(body);
    return /unexpected endpoint/i.test(message) || isRefusal(`${code} ${message}`);
  }),
);
