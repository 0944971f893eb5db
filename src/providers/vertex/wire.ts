/** Settings and options. Source: npm `@google/genai` 3.1.0 with `enterprise`. */
import * as z from 'zod/mini';
import { geminiOptions, geminiSafetySetting, HARM_CATEGORIES } from '../kit/families/gemini.ts';

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Ids of projects may have a domain before them: `example.com:my-project`. */
const PROJECT = /^[a-z0-9][a-z0-9.:-]{0,80}$/;
const SAFE_URL = /^(?:https:\/\/|http:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\d+)?\/)[^@\s]*$/;

const settings = z.strictObject({
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
  /** Instead of Google's own token server. It is told what proves who asks, so never in clear over a network. */
  tokenUrl: z.optional(z.string().check(z.regex(SAFE_URL, { error: 'must be https, or on this machine' }))),
  /** Instead of the machine's own metadata server: scheme and host, `http://169.254.169.254` by default. */
  metadataUrl: z.optional(
    z.string().check(z.regex(/^https?:\/\/[^/?#@\s]+$/, { error: 'must be a scheme and a host, without a path' })),
  ),
});
export type Settings = z.output<typeof settings>;

const needsProject = (isBroken: (given: Settings) => boolean, error: string) =>
  z.refine<Settings>((given) => given.project !== undefined || !isBroken(given), { path: ['project'], error });

/** Without a project there is express mode alone: a key, at the global address. */
export const settingsSchema = settings.check(
  needsProject(
    ({ accessToken, credentials }) => (accessToken ?? credentials) !== undefined,
    'is missing: a token is good for a project only (GOOGLE_CLOUD_PROJECT)',
  ),
  // The vendor's own client goes to the global address all the same, whatever was said about where data may be.
  needsProject(
    ({ location }) => location !== 'global',
    "is missing: without one requests go to the global address; pass a project, or location: 'global'",
  ),
);

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
  /** Templates of the customer's own filter, which takes the place of `safetySettings`. */
  modelArmorConfig: z.optional(
    z.strictObject({
      promptTemplateName: z.optional(z.string().check(z.minLength(1))),
      responseTemplateName: z.optional(z.string().check(z.minLength(1))),
    }),
  ),
  /** For the bill. */
  labels: z.optional(z.record(z.string(), z.string())),
});
export type Options = z.infer<typeof optionsSchema>;
