/** Schemas of the stub's service: options, responses and events. */
import * as z from 'zod/mini';
import { blob } from '../kit/index.ts';

export const optionsSchema = z.strictObject({
  /** An additional line in the caption. */
  note: z.optional(z.string().check(z.maxLength(200))),
});

const image = z.object({ bytes: z.optional(blob()), refused: z.optional(z.string()), seed: z.optional(z.number()) });

const usage = z.optional(
  z.object({
    usd: z.optional(z.number()),
    inputTokens: z.number(),
    outputTokens: z.number(),
    totalTokens: z.number(),
  }),
);

export const responseSchema = z.object({ images: z.optional(z.array(image)), usage });

export const submittedSchema = z.object({ id: z.string() });
export const stateSchema = z.object({
  status: z.enum(['queued', 'running', 'done']),
  fraction: z.optional(z.number()),
});

export const eventSchema = z.object({
  type: z.enum(['partial', 'image', 'refused']),
  index: z.optional(z.number()),
  bytes: z.optional(blob()),
  refused: z.optional(z.string()),
  seed: z.optional(z.number()),
  usage,
});

/** The stub can fail with any code of the protocol. */
export const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
