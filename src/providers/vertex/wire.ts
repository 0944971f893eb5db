/** Settings and options. Source: npm `@google/genai` 3.1.0 with `enterprise`. */
import * as z from 'zod/mini';
import { geminiOptions, geminiSafetySetting, HARM_CATEGORIES } from '../kit/families/gemini/index.ts';

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** A project id may start with a domain: `example.com:my-project`. */
const PROJECT = /^[a-z0-9][a-z0-9.:-]{0,80}$/;
const SAFE_URL = /^(?:https:\/\/|http:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\d+)?\/)[^@\s]*$/;

const settings = z.strictObject({
  project: z.optional(z.string().check(z.regex(PROJECT, { error: 'must be the id of a project, e.g. my-project' }))),
  /** `global`, `us`, `eu` or a region; later models are served from `global`. Becomes part of the host name. */
  location: z._default(
    z.string().check(z.regex(LABEL, { error: 'must be like global, us or europe-west4' })),
    'global',
  ),
  /** An access token, or a function that returns one: for workload identity or impersonation. */
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
  /** Replaces Google's token server. It receives credentials, so it must use https or run on this machine. */
  tokenUrl: z.optional(
    z.string().check(z.regex(SAFE_URL, { error: 'must be an https URL, or a server on this machine' })),
  ),
  /** Replaces the machine's metadata server: scheme and host. @default `http://169.254.169.254` */
  metadataUrl: z.optional(
    z.string().check(z.regex(/^https?:\/\/[^/?#@\s]+$/, { error: 'must be a scheme and a host, without a path' })),
  ),
});
export type VertexSettings = z.output<typeof settings>;

const needsProject = (isBroken: (given: VertexSettings) => boolean, error: string) =>
  z.refine<VertexSettings>((given) => given.project !== undefined || !isBroken(given), { path: ['project'], error });

/** Without a project, only express mode is possible: a key, at the global endpoint. */
export const settingsSchema = settings.check(
  needsProject(
    ({ accessToken, credentials }) => (accessToken ?? credentials) !== undefined,
    'is missing: a token works only with a project (GOOGLE_CLOUD_PROJECT)',
  ),
  // The vendor's own client silently uses the global endpoint here, whatever location was set.
  needsProject(
    ({ location }) => location !== 'global',
    "is missing: without a project, requests go to the global endpoint; pass project, or location: 'global'",
  ),
);

export const optionsSchema = z.strictObject({
  ...geminiOptions,
  /** Also `HARM_CATEGORY_IMAGE_*`, which only this service has. */
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
  /** In percent. JPEG only. */
  compressionQuality: z.optional(z.int().check(z.minimum(0), z.maximum(100))),
  /** Templates of the customer's own filter, which replaces `safetySettings`. */
  modelArmorConfig: z.optional(
    z.strictObject({
      promptTemplateName: z.optional(z.string().check(z.minLength(1))),
      responseTemplateName: z.optional(z.string().check(z.minLength(1))),
    }),
  ),
  /** Labels for billing reports. */
  labels: z.optional(z.record(z.string(), z.string())),
});
export type VertexOptions = z.infer<typeof optionsSchema>;
