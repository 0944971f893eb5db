/** The schema of a configuration file. The keys of a backend depend on its type: see `read-backends.ts`. */
import * as z from 'zod/mini';
import { imageRequestSchema } from '../../providers/protocol/request.ts';
import { mcp } from './mcp-schema.ts';
import { list, named, section, text, usd, variable, yesOrNo } from './schema-values.ts';
import { serve } from './serve-schema.ts';

/** Names of digits alone would lose their order in a JavaScript object; "/" separates a backend from a model. */
const backendName = z.string().check(
  z.regex(/^[A-Za-z][A-Za-z0-9._-]{0,59}$/, {
    error: 'is not a valid backend name: use letters, digits, "-", "_" and ".", and begin with a letter',
  }),
);

const requestShape = imageRequestSchema.shape;
/** Defaults of a profile: a request without its prompt and images. */
const defaults = z.strictObject({
  backend: z.optional(text('must be the name of a backend')),
  model: requestShape.model,
  n: requestShape.n,
  size: requestShape.size,
  aspect_ratio: requestShape.aspectRatio,
  style: requestShape.style,
  quality: requestShape.quality,
  negative_prompt: requestShape.negativePrompt,
  seed: requestShape.seed,
  format: requestShape.format,
  background: requestShape.background,
  safety: requestShape.safety,
  on_unsupported: requestShape.onUnsupported,
  options: requestShape.options,
  metadata: requestShape.metadata,
  fallback: z.optional(list('backends')),
});

const profile = z.strictObject({
  enabled: z.optional(yesOrNo),
  allowed_backends: z.optional(list('backends')),
  max_images_per_session: z.optional(z.int({ error: 'must be a whole number, 0 or more' }).check(z.minimum(0))),
  style_guidance: z.optional(text('must be text that is added to every prompt', 5000)),
  remembers: z.optional(yesOrNo),
  defaults: section(defaults),
});

/** Text alone is short for `{ prompt: text }`. */
const style = z.pipe(
  z.transform((given) => (typeof given === 'string' ? { prompt: given } : given)),
  z.strictObject({
    prompt: text('must be text that is added to the prompt', 5000),
    negative_prompt: z.optional(text('must be text that says what to avoid', 5000)),
  }),
);

const rule = z
  .strictObject({
    intents: z.optional(list('intents')),
    /** Plain words, not patterns. */
    words: z.optional(list('words').check(z.maxLength(200))),
    backends: list('backends').check(z.minLength(1)),
  })
  .check(
    z.refine(({ intents = [], words = [] }) => intents.length + words.length > 0, {
      error: 'must have intents or words; without them the rule never applies',
    }),
  );

const budget = z.strictObject({
  per_call_usd: z.optional(usd),
  per_session_usd: z.optional(usd),
  per_day_usd: z.optional(usd),
  per_month_usd: z.optional(usd),
  per_project_usd: section(named(usd)),
  per_project_default_usd: z.optional(usd),
  per_project_per_day_usd: section(named(usd)),
  allow_unpriced: z.optional(list('backends with models, e.g. comfy/flux-dev')),
});

const s3 = z.strictObject({
  bucket: text('must be the name of a bucket', 200),
  region: z.optional(text()),
  endpoint: z.optional(text('must be an address like https://s3.example.com')),
  prefix: z.optional(text()),
  force_path_style: z.optional(yesOrNo),
  access_key_id_env: z.optional(variable),
  secret_access_key_env: z.optional(variable),
  session_token_env: z.optional(variable),
});

const databaseSchema = z.string().check(
  z.regex(/^(?!pg_)[a-z_][a-z0-9_]{0,62}$/, {
    error: 'must be lower-case letters, digits and "_", and must not begin with pg_',
  }),
);

/** `usage-problems.ts` checks which settings a type has. */
const usageSink = z.strictObject({
  type: z.enum(['jsonl', 'postgres', 'webhook'], { error: 'must be jsonl, postgres or webhook' }),
  name: z.optional(
    z.string().check(
      z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/, {
        error: 'is not a valid name of a sink: use at most 60 letters, digits, "-", "_" and "."',
      }),
    ),
  ),
  path: z.optional(text('must be the path of a file', 1000)),
  stream: z.optional(z.enum(['stdout'], { error: 'must be stdout' })),
  url_env: z.optional(variable),
  secret_env: z.optional(variable),
  schema: z.optional(databaseSchema),
});

export const fileSchema = z.strictObject({
  default_backend: z.optional(text('must be the name of a backend')),
  backends: section(z.record(backendName, section(z.record(z.string(), z.unknown())))),
  output: section(
    z.strictObject({
      directory: z.optional(text('must be the path of a directory', 1000)),
      naming: z.optional(text('must be a template for file names', 200)),
      write_metadata_json: z.optional(yesOrNo),
    }),
  ),
  store: section(
    z.strictObject({
      directory: z.optional(text('must be the path of a directory', 1000)),
      mark: z.optional(z.enum(['embed', 'sidecar', 'off'])),
      keep_prompt: z.optional(yesOrNo),
      s3: z.optional(s3),
      database_url_env: z.optional(variable),
      database_schema: z.optional(databaseSchema),
      index: z.optional(z.enum(['database', 'directory'])),
    }),
  ),
  budget: section(budget),
  jobs: section(
    z.strictObject({
      keep_open_days: z.optional(
        z
          .number({ error: 'must be a number of days, e.g. 7' })
          .check(z.minimum(0, { error: 'must be a number of days, 0 or more' }), z.maximum(36_500)),
      ),
    }),
  ),
  profiles: section(named(section(profile))),
  styles: section(named(style)),
  routing: section(z.array(rule, { error: 'must be a list of rules' })),
  limits: section(
    named(
      z.strictObject({
        max_concurrent: z.optional(z.int({ error: 'must be a whole number, 1 or more' }).check(z.minimum(1))),
        calls_per_minute: z.optional(z.number().check(z.positive({ error: 'must be more than 0' }))),
      }),
    ),
  ),
  fallback: section(list('backends')),
  usage: section(z.strictObject({ sinks: section(z.array(usageSink, { error: 'must be a list of sinks' })) })),
  serve: section(serve),
  mcp: section(mcp),
  /** Allowed only in the user's own file. */
  trusted_projects: section(list('paths of projects')),
});
export type FileContent = z.output<typeof fileSchema>;
