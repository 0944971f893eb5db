/** Runs: the calls that the server makes. */
import * as z from 'zod/mini';
import { failureSchema } from './costs.ts';
import { count, listOf, type RouteSchemas, recordId } from './route-schemas.ts';

export const RUN_STATES = ['waiting', 'running', 'done', 'failed', 'unknown', 'cancelled'] as const;
export const RUN_EVENT_TYPES = [
  ...(['queued', 'submitted', 'progress', 'partial'] as const),
  ...(['done', 'failed', 'unknown', 'cancelled'] as const),
] as const;

export const runSchema = z.object({
  /** The id of the run. It is the call id in usage, in sidecars and in `x-imagen-run`. */
  id: z.string(),
  /** `unknown`: the request was sent and no answer arrived, so that it may have been charged. */
  state: z.enum(RUN_STATES),
  /** The name of the token that started it. */
  token: z.string(),
  /** When it started. ISO 8601. */
  startedAt: z.string(),
  /** When it ended. ISO 8601. Absent before that. */
  endedAt: z.optional(z.string()),
  /** Whether it has input images. */
  operation: z.enum(['generate', 'edit']),
  /** The prompt. Empty where the store keeps no prompts. */
  prompt: z.string(),
  /** The number of images asked for. */
  images: z.number(),
  /** The provider, once it is chosen. */
  provider: z.optional(z.string()),
  /** The vendor's model id, once it is chosen. */
  model: z.optional(z.string()),
  /** Ids of its stored images. */
  artifacts: listOf(z.string()),
  /** US dollars, if the cost is known. */
  costUsd: z.optional(z.number()),
  /** The id of the vendor's job. */
  job: z.optional(z.string()),
  /** Why it failed. */
  error: z.optional(failureSchema),
});
/** A call that the server makes for a token. */
export type ApiRun = z.infer<typeof runSchema>;

export const partialImageSchema = z.object({
  /** The position among the requested images, from 0. */
  index: count,
  /** The bytes of a complete file. */
  base64: z.string(),
  /** The media type of the file, e.g. `image/png`. */
  mediaType: z.string(),
});
/** An unfinished image, as a preview. */
export type ApiPartialImage = z.infer<typeof partialImageSchema>;

export const runEventSchema = z.object({
  /** The place of the event in the stream. Pass it as `after` to continue behind it. */
  cursor: z.string(),
  /** When it happened. ISO 8601. */
  at: z.string(),
  /** What happened. The last four end the run. */
  type: z.enum(RUN_EVENT_TYPES),
  /** The run after this step. */
  run: runSchema,
  /** How far the vendor is, from 0 to 1. Present with `progress`, if the vendor says it. */
  progress: z.optional(z.number()),
  /** The unfinished image of a `partial` event. Only `watchRun` sends it, and only while it is the latest one of the run. */
  image: z.optional(partialImageSchema),
});
/** One step of a run. */
export type ApiRunEvent = z.infer<typeof runEventSchema>;

const runPath = z.strictObject({
  /** The id of the run. */
  id: recordId,
});

const cursor = z.string().check(z.regex(/^[\w-]{1,64}\.\d{1,15}$/, { error: 'must be the cursor of an event' }));

export const RUN_SCHEMAS = {
  listRuns: {
    query: z.strictObject({
      /** Only runs in this state. @default all */
      state: z.optional(z.enum(RUN_STATES)),
      /** The maximum number of runs, from 1 to 1000. @default 100 */
      limit: z.optional(z.int().check(z.minimum(1), z.maximum(1000))),
    }),
    answer: z.object({
      /** The runs, the latest first. */
      runs: listOf(runSchema),
      /** The number of runs of this token that the server remembers, in any state. */
      total: count,
    }),
  },
  watchRuns: {
    query: z.strictObject({
      /** The cursor of the last event that the client has. Later events that are still known are sent first. @default only new events */
      after: z.optional(cursor),
    }),
    answer: runEventSchema,
  },
  getRun: { path: runPath, answer: runSchema },
  watchRun: {
    path: runPath,
    query: z.strictObject({
      /** The cursor of the last event that the client has. @default all events that are still known */
      after: z.optional(cursor),
    }),
    answer: runEventSchema,
  },
  cancelRun: {
    path: runPath,
    answer: z.object({
      /** Whether the run was open, so that it is being cancelled. `false`: it had ended. */
      isCancelling: z.boolean(),
      /** The run as it is now. */
      run: runSchema,
    }),
  },
} satisfies Readonly<Record<string, RouteSchemas>>;
