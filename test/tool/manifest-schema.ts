/** The form that hosts of agents expect of a manifest file. Written from their schema, not from our types. */
import * as z from 'zod';

const SIDE_EFFECTS = [
  'none',
  'write',
  'network',
  'read_external_service',
  'filesystem',
  'compute',
  'system',
  'database',
] as const;

export const manifestSchema = z.array(
  z.object({
    name: z.string().min(1),
    description: z.string().min(1),
    parameters: z.looseObject({
      type: z.literal('object'),
      properties: z.record(z.string(), z.record(z.string(), z.unknown())),
      required: z.array(z.string()),
    }),
    version: z.string(),
    side_effects: z.enum(SIDE_EFFECTS),
    default_timeout: z.int().min(0),
    auth: z.object({
      required: z.boolean(),
      type: z.string().optional(),
      env: z.string().optional(),
      envs: z
        .record(z.string(), z.object({ required: z.boolean(), providers: z.array(z.string()).optional() }))
        .optional(),
      docs: z.string().optional(),
    }),
    allow_parallel: z.boolean(),
    idempotency_key: z.union([
      z.boolean(),
      z.object({ required: z.boolean(), scope: z.string(), guidance: z.string() }),
    ]),
    capabilities: z.array(z.string()).optional(),
    providers: z.array(z.object({ name: z.string(), priority: z.int(), health_check_interval: z.number() })).optional(),
    cost_per_call: z.number().optional(),
    cost_unit: z.string().optional(),
  }),
);
