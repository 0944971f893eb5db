/**
 * Reads an error message from any error body. Servers write `{ error: { message } }`, `{ error: "text" }`, `{ object: "error", message }`, FastAPI's
 * `detail` as text, object or list, plain text and web pages.
 */
import * as z from 'zod/mini';
import type { ReadError, ReplyContext } from '../kit/index.ts';
import { dialectOf } from './dialects.ts';
import { isRefusal } from './refusal-words.ts';
import type { CompatibleSettings } from './wire.ts';

const text = z.string().check(z.minLength(1));
const code = z.nullish(z.union([z.string(), z.number()]));
const place = z.nullish(z.array(z.union([z.string(), z.number()])));

interface ErrorText {
  readonly message: string;
  readonly code?: string | undefined;
}

type Shape = (body: unknown) => ErrorText | undefined;

/** Pairs the schema of an error body with the way to read it. */
function shape<T extends z.ZodMiniType>(schema: T, toErrorText: (body: z.output<T>) => ErrorText): Shape {
  return (body) => {
    const read = schema.safeParse(body);
    return read.success ? toErrorText(read.data) : undefined;
  };
}

const isName = (value: string | number | null | undefined): value is string =>
  typeof value === 'string' && value !== '' && !/^\d+$/.test(value);

/** The first shape that fits is used. */
const SHAPES: readonly Shape[] = [
  shape(z.object({ error: z.object({ message: text, code, type: code }) }), ({ error }) => ({
    message: error.message,
    code: [error.code, error.type].find(isName),
  })),
  // `error` is a code, and `message` is the text.
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

/** Returns the text and code of an error body; an empty message when no shape fits. */
export function readErrorText(body: unknown): ErrorText {
  // Google's servers, and proxies in front of them, wrap the body in a list.
  if (Array.isArray(body)) return body.length === 0 ? { message: '' } : readErrorText(body[0]);
  for (const read of SHAPES) {
    const text = read(body);
    if (text !== undefined && text.message !== '') return text;
  }
  return { message: '' };
}

const NO_ROUTE =
  /404 page not found|unexpected endpoint|^not found$|cannot (?:post|get)|web page|no route|unknown (?:url|route|endpoint)/i;
/** A longer text usually repeats the request, and so mentions every field. */
const MAX_SENTENCE = 300;
const OUT_OF_MEMORY = /out of memory|\bcuda\b|\boom\b/i;

/** Accepts any body; an unreadable one gives an empty message. */
export const errorSchema = z.unknown();

export function toError(body: unknown, { status, settings }: ReplyContext<CompatibleSettings>): ReadError {
  const text = readErrorText(body);
  return { message: text.message === '' ? 'no reason given' : text.message, ...meaningOf(text, status, settings) };
}

function meaningOf(
  { message, code = '' }: ErrorText,
  status: number,
  settings: CompatibleSettings,
): Omit<ReadError, 'message'> {
  // A server that is down or overloaded answers with web pages too, although the route exists.
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
      return { hint: 'The server expects another kind of body on this route: set `server` to the kind of server.' };
    case 409:
      return {
        code: 'no_image',
        hint: 'The server cancelled the request. Check its log, then send the request again.',
      };
    default:
  }
  if (status < 500 && message.length < MAX_SENTENCE && message.includes('response_format'))
    return { hint: "Set responseFormat to 'omit', 'url' or 'b64_json': this server accepts a different one." };
  if (OUT_OF_MEMORY.test(message))
    return { hint: 'The server ran out of memory: ask for a smaller size or fewer images.' };
  return status === 500
    ? { hint: 'Self-hosted servers often answer 500 to a wrong parameter. The request is not retried automatically.' }
    : {};
}

/** The server has no such route, as opposed to a missing model. */
function noRoute(message: string, { api, server }: CompatibleSettings): Omit<ReadError, 'message'> {
  const route = api === 'chat' ? 'chat/completions' : 'images/generations';
  const reason = /unexpected endpoint/i.test(message)
    ? 'LM Studio has no image generation route.'
    : server === 'ollama' || /404 page not found/i.test(message)
      ? 'Ollama has no image route since 0.32.6.'
      : undefined;
  const kind = server === 'generic' ? '' : ` It may not be ${dialectOf(server).title}.`;
  const hint = `The server has no route ${route} here: check baseUrl, which usually ends in /v1.${reason ? ` ${reason}` : kind}`;
  return { code: 'unsupported', charged: 'no', hint };
}

/**
 * Failures with a 2xx status: LM Studio's answer to a missing route, and a content refusal in an error body without images. Sources: lmstudio-ai/lmstudio-bug-tracker issue 618; LiteLLM and Portkey pass on such bodies from vendors.
 */
export const refusalSchema = z.unknown().check(
  z.refine((body) => {
    const read = z.object({ error: z.unknown(), data: z.nullish(z.array(z.unknown())) }).safeParse(body);
    if (!read.success || (read.data.data?.length ?? 0) > 0) return false;
    const { message, code = '' } = readErrorText(body);
    return /unexpected endpoint/i.test(message) || isRefusal(`${code} ${message}`);
  }),
);
