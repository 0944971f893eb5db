/** Settings and options. Source: npm `@google/genai` 3.1.0 with `enterprise`. */
import * as z from 'zod/mini';
import { geminiOptions, geminiSafetySetting, HARM_CATEGORIES } from '../kit/families/gemini.ts';

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Ids of projects may have a domain before them: `example.com:my-project`. */
const PROJECT = /^[a-z0-9][a-z0-9.:-]{0,80}$/;

export const settingsSchema = z.strictObject({
  project: z.optional(z.string().check(z.regex(PROJECT, { error: 'must be the id of a project, e.g. my-project' }))),
  /** `global`, `us`, `eu` or a region; the later models are served from `global`. It becomes part of the host. */
  location: z._default(
    z.string().check(z.regex(LABEL, { error: 'must be like global, us or europe-west4' })),
    'global',
  ),
  /** A token, or a function that gives one: for workload identity, impersonation and the like. */
  accessToken: z.optional(
    z.union([
      z.string().check(z.minLength(1)),
      z.custom<() => string | Promise<string>>((value) => typeof value === 'function'),
    ]),
  ),
  /** The content of a key file, as an object or as JSON. */
  credentials: z.optional(z.union([z.string().check(z.minLength(1)), z.record(z.string(), z.unknown())])),
  /** The path of a key file. */
  credentialsFile: z.optional(z.string().check(z.minLength(1))),
  apiVersion: z._default(z.enum(['v1', 'v1beta1']), 'v1'),
  /** Instead of Google's own token server. */
  tokenUrl: z.optional(z.string()),
  /** Instead of the machine's own metadata server: scheme and host. */
  metadataUrl: z.optional(z.string()),
});
export type Settings = z.output<typeof settingsSchema>;

export const optionsSchema = z.strictObject({
  ...geminiOptions,
  /** Also `HARM_CATEGORY_IMAGE_*`, which are of this service alone. */
  safetySettings: z.optional(
    z.array(
      geminiSafetySetting([
        ...HARM_CATEGORIES,
        ...['HATE', 'DANGEROUS_CONTENT', 'HARASSMENT', 'SEXUALLY_EXPLICIT'].map(
          (name) => `HARM_CATEGORY_IMAGE_${name}`,
        ),
      ] as unknown as typeof HARM_CATEGORIES),
    ),
  ),
  personGeneration: z.optional(z.enum(['ALLOW_ALL', 'ALLOW_ADULT', 'ALLOW_NONE'])),
  prominentPeople: z.optional(z.enum(['ALLOW_PROMINENT_PEOPLE', 'BLOCK_PROMINENT_PEOPLE'])),
  /** Percent. JPEG only. */
  compressionQuality: z.optional(z.int().check(z.minimum(0), z.maximum(100))),
  /** For the bill. */
  labels: z.optional(z.record(z.string(), z.string())),
});
export type Options = z.infer<typeof optionsSchema>;
