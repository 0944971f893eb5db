/** The data of answers, for the schemas that tools publish. Tests check the answers against them. */
import * as z from 'zod/mini';
import { MEDIA_TYPES } from '../../providers/protocol/index.ts';

const nullable = {
  text: z.nullable(z.string()),
  number: z.nullable(z.number()),
};
const count = z.int().check(z.minimum(0), z.maximum(1_000_000_000));

export const imageSchema = z.object({
  id: z.string(),
  mime: z.enum(Object.values(MEDIA_TYPES)),
  path: z.string(),
  url: nullable.text,
  uri: z.string(),
  width: count,
  height: count,
});

export const estimateSchema = z.object({
  estimated_usd: nullable.number,
  per_image_usd: nullable.number,
  model: z.string(),
  size: nullable.text,
});

const generatedSchema = z.object({
  status: z.literal('done'),
  images: z.array(imageSchema),
  provider: z.string(),
  model: z.string(),
  timing_ms: count,
  cost_estimate: estimateSchema,
  cost_usd: nullable.number,
  job_id: z.string(),
  warnings: z.array(z.string()),
});

const runningSchema = z.object({ status: z.literal('running'), job_id: z.string(), message: z.string() });

export const storedImageSchema = z.object({
  status: z.literal('stored'),
  images: z.array(imageSchema),
  provider: z.string(),
  model: z.string(),
  prompt: z.string(),
  created_at: z.string(),
  selection: nullable.text,
  cost_usd: nullable.number,
  job_id: nullable.text,
  parents: z.array(z.string()),
  warnings: z.array(z.string()),
});

/** What every tool that generates images answers. */
export const callSchema = z.union([generatedSchema, runningSchema]);
export const getImageSchema = z.union([generatedSchema, runningSchema, storedImageSchema]);

export const failureSchema = z.object({
  code: z.string(),
  charged: z.enum(['no', 'yes', 'unknown']),
  job_id: nullable.text,
  retry: z.boolean(),
  estimated_usd: z.optional(nullable.number),
  confirm_cost_usd: z.optional(z.number()),
});
