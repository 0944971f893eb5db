/** Usage and budget, and what the server can do. */
import * as z from 'zod/mini';
import type { ModelCard } from '../../providers/protocol/index.ts';
import { count, listOf, type RouteSchemas, timeText } from './route-schemas.ts';

const sums = {
  /** The number of calls. */
  calls: count,
  /** The number of images. */
  images: count,
  /** US dollars. */
  usd: z.number(),
};

export const USAGE_GROUPS = ['day', 'provider', 'model'] as const;

export const usageSchema = z.object({
  /** One row for each day, provider or model. Days are in their order, the others by cost, the highest first. */
  rows: listOf(
    z.object({
      /** The day as `YYYY-MM-DD` (UTC), the provider, or the provider and the model with a blank between. */
      name: z.string(),
      ...sums,
    }),
  ),
  /** The sums of all rows. */
  total: z.object(sums),
});
/** What was spent. */
export type ApiUsage = z.infer<typeof usageSchema>;

export const budgetSchema = z.object({
  /** The name of the token. */
  token: z.string(),
  /** The day that counts, `YYYY-MM-DD` (UTC). */
  day: z.string(),
  /** US dollars that the token has spent or reserved today. */
  spentUsd: z.number(),
  /** The limit of the token per day, in US dollars. Absent if it has none. Limits of the whole server apply too. */
  limitUsd: z.optional(z.number()),
  /** What is left of the limit, in US dollars. */
  leftUsd: z.optional(z.number()),
});
/** The spending of a token. */
export type ApiBudget = z.infer<typeof budgetSchema>;

export const healthSchema = z.object({
  /** `unknown`: the vendor has no free request that would show it. */
  status: z.enum(['ok', 'failing', 'unknown']),
  /** How long the reply took, in milliseconds. */
  latencyMs: z.optional(z.number()),
  /** The code of the error. */
  code: z.optional(z.string()),
  /** What is wrong, as a sentence. */
  message: z.optional(z.string()),
});
/** The state of a provider. */
export type ApiProviderHealth = z.infer<typeof healthSchema>;

/** The card has a type of its own, which is described where it is defined. */
const modelCard = z.custom<ModelCard>((value) => typeof value === 'object' && value !== null);

export const providerSchema = z.object({
  /** The name that requests use. */
  name: z.string(),
  /** Its state, if it was asked for. */
  health: z.optional(healthSchema),
  /** Its models that the token may use. Empty for a provider that does not say which it has. */
  models: listOf(
    z.object({
      /** The vendor's model id. */
      id: z.string(),
      /** What the model can do, and what it costs. */
      card: modelCard,
    }),
  ),
});
/** A provider and its models. */
export type ApiProvider = z.infer<typeof providerSchema>;

export const styleSchema = z.object({
  /** The name that requests use. */
  name: z.string(),
  /** Text that is added to the prompt. */
  prompt: z.string(),
  /** Text that is added to the negative prompt. */
  negativePrompt: z.optional(z.string()),
});
/** A style preset. */
export type ApiStyle = z.infer<typeof styleSchema>;

export const SERVER_SCHEMAS = {
  getUsage: {
    query: z.strictObject({
      /** Spending at or after this date or time. ISO 8601. @default the beginning */
      since: z.optional(timeText),
      /** What the rows are about. @default 'day' */
      by: z.optional(z.enum(USAGE_GROUPS)),
      /** Whose spending: that of this token, or that of all callers of the store. @default 'token' */
      of: z.optional(z.enum(['token', 'all'])),
    }),
    answer: usageSchema,
  },
  getBudget: { answer: budgetSchema },
  listProviders: {
    query: z.strictObject({
      /** Checks each provider too. Costs nothing, and takes as long as the slowest answer. @default false */
      health: z.optional(z.boolean()),
    }),
    answer: z.object({
      /** The providers, in the order in which they are tried. */
      providers: listOf(providerSchema),
    }),
  },
  listStyles: {
    answer: z.object({
      /** The styles, by name. */
      styles: listOf(styleSchema),
    }),
  },
  getHealth: {
    answer: z.object({
      /** The state of each provider, by its name. */
      providers: z.record(z.string(), healthSchema),
      /** The calls of this server. */
      runs: z.object({
        /** The number of calls that run. */
        running: count,
        /** The number of calls that wait for a free place. */
        waiting: count,
      }),
    }),
  },
  getOpenApi: { answer: z.record(z.string(), z.unknown()) },
} satisfies Readonly<Record<string, RouteSchemas>>;
