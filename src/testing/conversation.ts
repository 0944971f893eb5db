/**
 * A recorded conversation with a vendor, as plain JSON: the call, the HTTP exchanges, and the result or error.
 * In any string of an exchange, and in a setting that is one, `{{origin}}` stands for the address of the replaying server and `{{key}}` for the key in use.
 */
import * as z from 'zod/mini';
import { ERROR_CODES } from '../providers/protocol/errors.ts';
import { SKETCH_FORMATS } from './image-sketch.ts';

/** The kinds that every provider must have recorded, and `other` for anything else. */
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

/** `$image` and `$mask` inside a request stand for the bytes. A request may be invalid on purpose. */
const callSchema = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('generateImage'), prompt: z.string(), params: z.optional(object) }),
  z.strictObject({
    /** `submit+resume`: a second provider resumes the handle after a JSON round trip, as after a crash. */
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
  /** Includes the query, as in the request line. */
  path: z.string().check(z.startsWith('/')),
  /** Names in lower case. `'*'`: any value; `null`: must be absent. Other headers are not compared. */
  headers: z.optional(z.record(z.string(), z.nullable(z.string()))),
  /** The whole body. `$image` and `$mask` stand for base64, `{ "$dataUrl": … }` for a data URL, `{ "$any": "string" }` for any value of a type. */
  json: z.optional(z.unknown()),
  /** Every part by its name; a list for a repeated name. A text, `{ "$json": … }`, an image, or a file's `{ mediaType, bytes }`. */
  multipart: z.optional(object),
  /** The image that is the whole body, under its own content type. */
  bytes: z.optional(z.union([imageSketchSchema, maskSchema])),
});

const responseSchema = z
  .strictObject({
    status: z.optional(z.int().check(z.minimum(200), z.maximum(599))),
    headers: z.optional(z.record(z.string(), z.string())),
    json: z.optional(z.unknown()),
    text: z.optional(z.string()),
    /** Raw bytes: base64, or an image. */
    bytes: z.optional(z.union([z.string(), imageSketchSchema])),
    /** Server-sent events; `data` is sent as JSON, a string as it is. */
    events: z.optional(z.array(z.strictObject({ event: z.optional(z.string()), data: z.unknown() }))),
    /** Instead of a response: resets the connection, or stays silent. */
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
  /** How many times in a row it happens. @default 1 */
  times: z.optional(z.int().check(z.minimum(1), z.maximum(100))),
  /** Sent at the same time as neighbours with this flag, in any order. @default false */
  together: z.optional(z.boolean()),
});

/** Only the given fields are compared; but absent `warnings` and `failures` must be empty. */
const resultSchema = z.strictObject({
  /** The number of images. */
  images: z.optional(count),
  /** These fields describe the first image. */
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
  /** For a health check. */
  status: z.optional(z.enum(['ok', 'failing', 'unknown'])),
  code: z.optional(z.string()),
});

const errorSchema = z.strictObject({
  code: z.enum(ERROR_CODES as readonly [string, ...string[]]),
  /** The message must contain each of them. */
  message: z.optional(z.union([text, z.array(text)])),
  /** The hint must contain it. */
  hint: z.optional(text),
  charged: z.optional(z.enum(['no', 'yes', 'unknown'])),
  status: z.optional(z.int()),
  retryAfterMs: z.optional(z.number()),
  requestId: z.optional(z.string()),
  model: z.optional(z.string()),
  /** The number of files in `quarantine`. */
  quarantine: z.optional(count),
  /** Whether the error has a job handle. */
  job: z.optional(z.boolean()),
});

export const conversationSchema = z
  .strictObject({
    /** What happens, as a sentence. */
    title: text,
    kind: z.enum(CONVERSATION_KINDS),
    /** Settings of the provider, in addition to key and base URL. */
    settings: z.optional(object),
    call: callSchema,
    /** Empty: the call is refused before any request. */
    exchanges: z.array(exchangeSchema),
    result: z.optional(resultSchema),
    error: z.optional(errorSchema),
  })
  .check(
    z.refine(({ result, error }) => (result === undefined) !== (error === undefined), {
      error: 'needs either result or error',
    }),
    z.refine(({ kind, exchanges, error }) => kind !== 'refused-before-call' || (exchanges.length === 0 && !!error), {
      error: 'refused-before-call must have no exchanges and an error',
    }),
    z.refine(({ kind, result }) => kind !== 'success' || result !== undefined, { error: 'success must have a result' }),
    z.refine(({ kind, error }) => kind !== 'wrong-key' || error?.code === 'authentication', {
      error: 'wrong-key must end with the code authentication',
    }),
    z.refine(({ kind, error }) => kind !== 'unreadable-reply' || error !== undefined, {
      error: 'unreadable-reply must have an error',
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
 * @param name used in the error, e.g. the file name
 * @throws TypeError names the wrong field and the reason
 */
export function parseConversation(value: unknown, name: string): Conversation {
  const parsed = conversationSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message, ...issue }) => {
    const keys = 'keys' in issue ? `: unknown field ${issue.keys.join(', ')}` : '';
    return `${path.join('.') || 'it'}: ${message}${keys}`;
  });
  throw new TypeError(`${name} is not a valid conversation: ${faults.join('; ')}`);
}
