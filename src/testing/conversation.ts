/**
 * A recorded conversation with a vendor, as plain JSON: what the caller asks, what goes over the wire, what comes of it.
 * In any string of an exchange, and in a setting that is one, `{{origin}}` stands for the address of the replaying server and `{{key}}` for the key in use.
 */
import * as z from 'zod/mini';
import { ERROR_CODES } from '../providers/protocol/errors.ts';
import { SKETCH_FORMATS } from './picture.ts';

/** What every provider has to have on record, and `other` for whatever else is worth it. */
export const CONVERSATION_KINDS = [
  'success',
  'edit', // a finished edit, or the refusal of a provider that cannot edit
  'content-refusal',
  'wrong-key',
  'rate-limit',
  'unreadable-reply',
  'refused-before-call',
  'other',
] as const;
export type ConversationKind = (typeof CONVERSATION_KINDS)[number];

const object = z.record(z.string(), z.unknown());
const text = z.string().check(z.minLength(1));
const count = z.int().check(z.minimum(0));

const edge = z.int().check(z.minimum(1), z.maximum(4096));
export const imageSketchSchema = z.strictObject({
  $image: z.enum(SKETCH_FORMATS),
  width: edge,
  height: edge,
  shade: z.optional(z.int().check(z.minimum(0), z.maximum(255))),
  keep: z.optional(z.number().check(z.gt(0), z.lte(1))),
});
export const maskSchema = z.strictObject({
  $mask: z.enum(['white-repaints', 'black-repaints', 'transparent-repaints']),
  width: edge,
  height: edge,
  repaint: z.tuple([count, count, count, count]),
});

/** `$image` and `$mask` inside a request stand for the bytes. The request itself may be wrong: that is what some conversations are about. */
const callSchema = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('generateImage'), prompt: z.string(), params: z.optional(object) }),
  z.strictObject({
    /** `submit+resume`: the handle goes through JSON to a second provider, as after a crash. */
    method: z.enum(['generate', 'edit', 'stream', 'submit+resume']),
    request: object,
    context: z.optional(
      z.strictObject({
        deadlineMs: z.optional(z.number()),
        onMismatch: z.optional(z.enum(['warn', 'error'])),
        idempotencyKey: z.optional(z.string()),
      }),
    ),
  }),
  z.strictObject({ method: z.literal('healthCheck') }),
]);

const expectedRequestSchema = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
  /** With the query, as it stands in the request line. */
  path: z.string().check(z.startsWith('/')),
  /** Names in lower case. `'*'`: any value; `null`: must be absent. Headers that are not named may be anything. */
  headers: z.optional(z.record(z.string(), z.nullable(z.string()))),
  /** The whole body. `$image` and `$mask` stand for base64, `{ "$dataUrl": … }` for a data: link, `{ "$any": "string" }` for any value of a type. */
  json: z.optional(z.unknown()),
  /** Every part by its name; a list where the name repeats. A text, `{ "$json": … }`, a picture, or a file's `{ mediaType, bytes }`. */
  multipart: z.optional(object),
  /** The picture that is the whole body, under its own content type. */
  bytes: z.optional(z.union([imageSketchSchema, maskSchema])),
});

const responseSchema = z
  .strictObject({
    status: z.optional(z.int().check(z.minimum(200), z.maximum(599))),
    headers: z.optional(z.record(z.string(), z.string())),
    json: z.optional(z.unknown()),
    text: z.optional(z.string()),
    /** Raw bytes: base64, or a picture. */
    bytes: z.optional(z.union([z.string(), imageSketchSchema])),
    /** Server-sent events; `data` is sent as JSON, a string as it is. */
    events: z.optional(z.array(z.strictObject({ event: z.optional(z.string()), data: z.unknown() }))),
    /** Instead of an answer: the connection is reset, or nothing comes. */
    instead: z.optional(z.enum(['reset', 'silence'])),
  })
  .check(
    z.refine(
      ({ json, text, bytes, events }) => [json, text, bytes, events].filter((each) => each !== undefined).length < 2,
      {
        error: 'has more than one of json, text, bytes and events',
      },
    ),
    z.refine(({ status, instead }) => (status === undefined) === (instead !== undefined), {
      error: 'needs either status or instead',
    }),
  );

const exchangeSchema = z.strictObject({
  request: expectedRequestSchema,
  response: responseSchema,
  /** How often it happens in a row. @default 1 */
  times: z.optional(z.int().check(z.minimum(1), z.maximum(100))),
  /** Sent at the same time as its neighbours that say so too: their order is open. @default false */
  together: z.optional(z.boolean()),
});

/** What is named is compared, what is not may be anything; `warnings` and `failures` not named must be empty. */
const resultSchema = z.strictObject({
  /** How many pictures came. */
  images: z.optional(count),
  /** These are of the first picture. */
  format: z.optional(z.string()),
  width: z.optional(z.number()),
  height: z.optional(z.number()),
  model: z.optional(z.string()),
  promptUsed: z.optional(z.string()),
  revisedPrompt: z.optional(z.string()),
  seed: z.optional(z.number()),
  /** Codes, in order. */
  warnings: z.optional(z.array(z.string())),
  failures: z.optional(z.array(z.string())),
  cost: z.optional(object),
  usage: z.optional(object),
  applied: z.optional(object),
  requestId: z.optional(z.string()),
  /** Types of the events of a stream, in order. */
  events: z.optional(z.array(z.string())),
  /** Of a health check. */
  status: z.optional(z.enum(['ok', 'failing', 'unknown'])),
  code: z.optional(z.string()),
});

const errorSchema = z.strictObject({
  code: z.enum(ERROR_CODES as readonly [string, ...string[]]),
  /** Each has to be in the message. */
  message: z.optional(z.union([text, z.array(text)])),
  /** Has to be in the hint. */
  hint: z.optional(text),
  charged: z.optional(z.enum(['no', 'yes', 'unknown'])),
  status: z.optional(z.int()),
  retryAfterMs: z.optional(z.number()),
  requestId: z.optional(z.string()),
  model: z.optional(z.string()),
  /** How many files are kept in `quarantine`. */
  quarantine: z.optional(count),
  /** Whether a job handle comes along. */
  job: z.optional(z.boolean()),
});

export const conversationSchema = z
  .strictObject({
    /** A sentence about what happens. */
    title: text,
    kind: z.enum(CONVERSATION_KINDS),
    /** Settings of the provider beside key and address. */
    settings: z.optional(object),
    call: callSchema,
    /** Empty: refused before any request. */
    exchanges: z.array(exchangeSchema),
    result: z.optional(resultSchema),
    error: z.optional(errorSchema),
  })
  .check(
    z.refine(({ result, error }) => (result === undefined) !== (error === undefined), {
      error: 'needs either result or error',
    }),
    z.refine(({ kind, exchanges, error }) => kind !== 'refused-before-call' || (exchanges.length === 0 && !!error), {
      error: 'refused-before-call has no exchanges and an error',
    }),
    z.refine(({ kind, result }) => kind !== 'success' || result !== undefined, { error: 'success has a result' }),
    z.refine(({ kind, error }) => kind !== 'wrong-key' || error?.code === 'authentication', {
      error: 'wrong-key ends with the code authentication',
    }),
    z.refine(({ kind, error }) => kind !== 'unreadable-reply' || error !== undefined, {
      error: 'unreadable-reply has an error',
    }),
  );

export type Conversation = z.infer<typeof conversationSchema>;
export type ConversationCall = Conversation['call'];
export type Exchange = Conversation['exchanges'][number];
export type ExpectedRequest = Exchange['request'];
export type RecordedResponse = Exchange['response'];

/**
 * Checks a conversation.
 * @param value parsed JSON
 * @param name what to call it in the error, e.g. its file name
 * @throws TypeError which field is wrong and why
 */
export function parseConversation(value: unknown, name: string): Conversation {
  const parsed = conversationSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message, ...issue }) => {
    const keys = 'keys' in issue ? `: there is no field ${issue.keys.join(', ')}` : '';
    return `${path.join('.') || 'it'}: ${message}${keys}`;
  });
  throw new TypeError(`${name} is no conversation: ${faults.join('; ')}`);
}
