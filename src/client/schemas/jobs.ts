/** Jobs: what is recorded of calls, so that an image that was paid for is found again. */
import * as z from 'zod/mini';
import { chargedSchema } from './costs.ts';
import { generatedImageSchema } from './generate.ts';
import { listOf, type RouteSchemas, recordId } from './route-schemas.ts';

export const jobSchema = z.object({
  /** The id of the record: the id of the run, with `-2`, `-3`, … for further submits. */
  id: z.string(),
  /** The vendor's id of the job. Absent for a call without a job. */
  job: z.optional(z.string()),
  /** The provider's name on this server. */
  provider: z.string(),
  /** The vendor's model id. */
  model: z.string(),
  /** `unknown` and `expired` calls may have been charged; they stay until they are settled. */
  state: z.enum(['submitting', 'running', 'done', 'failed', 'unknown', 'expired']),
  /** When it was submitted. ISO 8601. */
  startedAt: z.string(),
  /** When it ended. ISO 8601. */
  endedAt: z.optional(z.string()),
  /** A process is working on it. */
  isHeld: z.boolean(),
  /** Ids of its stored images. */
  artifacts: listOf(z.string()),
  /** Whether the vendor charged a call that failed. */
  charged: z.optional(chargedSchema),
  /** Why the latest attempt failed. */
  lastAttempt: z.optional(
    z.object({
      /** When it failed. ISO 8601. */
      at: z.string(),
      /** The code of the error. */
      code: z.string(),
      /** What went wrong, as a sentence. */
      message: z.string(),
    }),
  ),
  /** How a person settled it. */
  settlement: z.optional(
    z.object({
      /** Whether the vendor charged the call. */
      charged: z.boolean(),
      /** US dollars. Absent: the reserved amount counts. */
      usd: z.optional(z.number()),
      /** Who settled it. */
      by: z.string(),
      /** When. ISO 8601. */
      at: z.string(),
    }),
  ),
});
/** A recorded call or job. */
export type ApiJob = z.infer<typeof jobSchema>;

const jobPath = z.strictObject({
  /** The id of the record, or the vendor's id of the job. */
  id: recordId,
});

export const JOB_SCHEMAS = {
  listJobs: {
    query: z.strictObject({
      /** Only calls that have not ended. @default false */
      open: z.optional(z.boolean()),
    }),
    answer: z.object({
      /** The jobs, the latest first. */
      jobs: listOf(jobSchema),
    }),
  },
  resumeJob: {
    path: jobPath,
    body: z.strictObject({}),
    answer: z.object({
      /** The fetched images. */
      images: listOf(generatedImageSchema),
      /** What is worth knowing about them, as sentences. Usually empty. */
      warnings: listOf(z.string()),
    }),
  },
  settleJob: {
    path: jobPath,
    body: z.strictObject({
      /** Whether the vendor charged the call. */
      charged: z.boolean(),
      /** US dollars, for a call that was charged, from 0 to 1000000. @default the reserved amount */
      usd: z.optional(z.number().check(z.minimum(0), z.maximum(1_000_000))),
    }),
    answer: jobSchema,
  },
} satisfies Readonly<Record<string, RouteSchemas>>;
