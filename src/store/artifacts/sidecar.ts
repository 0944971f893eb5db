/** The JSON beside a picture: what it is, where it comes from, what a person thought of it. The truth of the store; everything else is made from it. */
import * as z from 'zod/mini';
import { IMAGE_FORMATS } from '../../providers/protocol/vocabulary.ts';

export const SIDECAR_VERSION = 1;

export const SELECTIONS = ['kept', 'rejected'] as const;
export type Selection = (typeof SELECTIONS)[number];

const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const count = z.int().check(z.nonnegative());
const anything = z.record(z.string(), z.unknown());

export const sidecarSchema = z.object({
  version: z.literal(SIDECAR_VERSION),
  id: z.string().check(z.regex(/^[\w-]{8,64}$/)),
  /** Beside it, without a folder. */
  file: z.string().check(z.regex(/^(?!\.)[^/\\\0]{1,255}$/)),
  createdAt: z.string(),
  format: z.enum(IMAGE_FORMATS),
  mediaType: z.string(),
  width: count,
  height: count,
  /** Of the file. */
  bytes: count,
  /** Of the file behind the end of its image; left out when there are none. What stands there is no part of the image. */
  trailingBytes: z.optional(count),
  /** Of the file, in hex. */
  sha256: hash,
  /** Of the bytes as the vendor sent them; the file differs from them by its mark alone. */
  receivedSha256: hash,
  /** Where the mark of an AI picture is, and why not in the file. */
  mark: z.object({
    place: z.enum(['image', 'sidecar', 'none']),
    why: z.optional(z.string()),
    isSigned: z.optional(z.boolean()),
  }),
  /** By its name in the settings. */
  provider: z.string(),
  model: z.string(),
  promptHash: z.string(),
  promptLength: count,
  /** Not with `prompts: 'hash'`. */
  promptUsed: z.optional(z.string()),
  revisedPrompt: z.optional(z.string()),
  seed: z.optional(z.number()),
  /** As the caller made it; prompts only as above, pictures as their hash. */
  request: anything,
  applied: anything,
  warnings: z.array(z.string()),
  cost: z.object({ usd: z.optional(z.number()), basis: z.string(), asOf: z.optional(z.string()) }),
  timing: z.object({ startedAt: z.number(), durationMs: z.number() }),
  usage: z.optional(anything),
  requestId: z.optional(z.string()),
  job: z.optional(z.object({ provider: z.string(), id: z.string() })),
  /** Which picture of its call, from 0. */
  index: count,
  parents: z.array(z.string()),
  tags: z.array(z.string()),
  selection: z.optional(z.enum(SELECTIONS)),
  library: z.string(),
});
export type Sidecar = z.infer<typeof sidecarSchema>;

export type SidecarReading =
  | { readonly kind: 'sidecar'; readonly sidecar: Sidecar }
  /** Somebody else's JSON: none of ours. */
  | { readonly kind: 'foreign' }
  /** Of a later version of this library: left as it is. */
  | { readonly kind: 'newer'; readonly version: number }
  /** Meant to be one, and is not whole. */
  | { readonly kind: 'broken'; readonly why: string };

/** Never guesses: what cannot be read is not empty. */
export function readSidecar(text: string): SidecarReading {
  const value = parse(text);
  if (value === undefined) return { kind: 'broken', why: 'it is no JSON' };
  if (typeof value !== 'object' || value === null || !('version' in value) || !('sha256' in value)) {
    return { kind: 'foreign' };
  }
  const { version } = value;
  if (typeof version === 'number' && version > SIDECAR_VERSION) return { kind: 'newer', version };
  const parsed = sidecarSchema.safeParse(value);
  // As it stands, not as parsed: a field that another version of the library wrote is not lost when this one writes the sidecar again.
  if (parsed.success) return { kind: 'sidecar', sidecar: value as Sidecar };
  const [issue] = parsed.error.issues;
  return { kind: 'broken', why: `${issue?.path.join('.') || 'it'} is not as it should be` };
}

/** That of a picture's file. */
export const sidecarName = (file: string): string => `${file.slice(0, file.lastIndexOf('.'))}.json`;

export function writeSidecar(sidecar: Sidecar): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(sidecar, null, 2)}\n`);
}

/** @returns `undefined` for what is no JSON */
function parse(text: string): unknown {
  try {
    return JSON.parse(text, (key, value) => (key === '__proto__' ? undefined : value));
  } catch {
    return undefined;
  }
}
