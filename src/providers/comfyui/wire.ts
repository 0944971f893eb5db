/** Schemas of options, settings, responses and errors. Source: GitHub `Comfy-Org/ComfyUI` 0.38.1: `server.py`, `execution.py`, `openapi.yaml`. */
import * as z from 'zod/mini';
import { BUILT_IN_WORKFLOWS } from './built-in-workflows.ts';
import { workflowSchema } from './workflow.ts';

export const settingsSchema = z.strictObject({
  /** `user:password` for a proxy with HTTP basic authentication. */
  basicAuth: z.optional(z.string().check(z.regex(/^[^:\p{Cc}]+:\P{Cc}+$/u, { error: 'must be user:password' }))),
  /** The caller's own workflows, by the name to pass as `model`. */
  workflows: z._default(
    z.record(
      z.string().check(
        z.regex(/^[\w.-]{1,100}$/, { error: 'must be a name of letters, digits, dots and dashes' }),
        z.refine((name) => !Object.hasOwn(BUILT_IN_WORKFLOWS, name), {
          error: 'is the name of a built-in workflow',
        }),
      ),
      workflowSchema,
    ),
    {},
  ),
});
export type ComfySettings = z.output<typeof settingsSchema>;

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** Strict: a misspelt key is refused before anything is queued. */
export const optionsSchema = z.strictObject({
  /** Any other input of the graph, by its path. */
  inputs: z.optional(
    z
      .record(z.string(), z.union([scalar, z.array(z.unknown())]))
      .register(z.globalRegistry, { examples: [{ '3.inputs.steps': 12 }] }),
  ),
  /** The model file, as the server lists it. This and the following options: built-in workflows only. */
  file: z.optional(z.string().check(z.minLength(1), z.maxLength(500))),
  steps: z.optional(z.int().check(z.minimum(1), z.maximum(10_000))),
  /** The share of an input image to regenerate; 1 is all of it. Edits only. */
  denoise: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
  cfg: z.optional(z.number().check(z.minimum(0), z.maximum(100))),
  guidance: z.optional(z.number().check(z.minimum(0), z.maximum(100))),
});
export type ComfyOptions = z.infer<typeof optionsSchema>;

const nodeError = z.object({
  class_type: z.nullish(z.string()),
  errors: z.array(
    z.object({ type: z.nullish(z.string()), message: z.nullish(z.string()), details: z.nullish(z.string()) }),
  ),
});

/** The server drops outputs with faults, queues the rest of the graph, and returns the faults with the id. */
export const submittedSchema = z.object({
  prompt_id: z.string(),
  node_errors: z.nullish(z.union([z.record(z.string(), nodeError), z.array(z.unknown())])),
});

export const errorSchema = z.union([
  z.object({
    error: z.object({ type: z.nullish(z.string()), message: z.string(), details: z.nullish(z.string()) }),
    node_errors: z.nullish(z.union([z.record(z.string(), nodeError), z.array(z.unknown())])),
  }),
  z.object({ node_errors: z.record(z.string(), nodeError) }),
  /** From a proxy. */
  z.object({ error: z.string() }),
]);
export type WorkflowFailure = z.infer<typeof errorSchema>;

/** Tuples `[number, prompt_id, graph, …]`. */
export const queueSchema = z.object({
  queue_running: z.nullish(z.array(z.array(z.unknown()))),
  queue_pending: z.nullish(z.array(z.array(z.unknown()))),
});

const file = z.object({ filename: z.string(), subfolder: z.nullish(z.string()), type: z.nullish(z.string()) });
const entry = z.object({
  /** The queued request: the graph, and the data sent with it. */
  prompt: z.nullish(z.array(z.unknown())),
  outputs: z.nullish(z.record(z.string(), z.object({ images: z.nullish(z.array(file)) }))),
  status: z.nullish(
    z.object({ status_str: z.nullish(z.string()), messages: z.nullish(z.array(z.array(z.unknown()))) }),
  ),
});
/** By job; empty for an unknown job. */
export const historySchema = z.record(z.string(), entry);
export type PromptHistory = z.infer<typeof historySchema>;

/** Our data that is sent with the graph and returned in the history. */
export const extraSchema = z.object({ ai_image: z.object({ format: z.nullish(z.string()) }) });

export const uploadSchema = z.object({ name: z.string(), subfolder: z.nullish(z.string()) });

export const messageSchema = z.object({
  type: z.string(),
  data: z.object({
    prompt_id: z.nullish(z.string()),
    node: z.nullish(z.string()),
    value: z.nullish(z.number()),
    max: z.nullish(z.number()),
  }),
});
