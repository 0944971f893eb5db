/** The JSON file beside an image: its file, how it was made, and a person's selection and tags. The catalog is rebuilt from the sidecars. */
import * as z from 'zod/mini';
import { IMAGE_FORMATS } from '../../providers/protocol/vocabulary.ts';

export const SIDECAR_VERSION = 1;

export const SELECTIONS = ['kept', 'rejected'] as const;
export type Selection = (typeof SELECTIONS)[number];

const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const count = z.int().check(z.nonnegative());
const anything = z.record(z.string(), z.unknown());

export const sidecarSchema = z.object({
  /** The version of this format. */
  version: z.literal(SIDECAR_VERSION),
  /** The id of the image. */
  id: z.string().check(z.regex(/^[\w-]{8,64}$/)),
  /** The name of the image file, in the same folder. */
  file: z.string().check(z.regex(/^(?!\.)[^/\\\0]{1,255}$/)),
  /** When it was saved. ISO 8601. */
  createdAt: z.string(),
  /** The format of the file. */
  format: z.enum(IMAGE_FORMATS),
  /** The media type of the file, e.g. `image/png`. */
  mediaType: z.string(),
  /** Whole pixels. */
  width: count,
  /** Whole pixels. */
  height: count,
  /** The size of the file. */
  bytes: count,
  /** How many bytes of the file follow the end of the image and do not belong to it. Absent when there are none. */
  trailingBytes: z.optional(count),
  /** The SHA-256 of the file, in hex. */
  sha256: hash,
  /** The SHA-256 of the bytes that the provider sent. The file differs from them only by its mark. */
  receivedSha256: hash,
  /** Where the mark "made by AI" is, and why it is not in the file. */
  mark: z.object({
    place: z.enum(['image', 'sidecar', 'none']),
    why: z.optional(z.string()),
    isSigned: z.optional(z.boolean()),
  }),
  /** Whether `store.import` added the image: no provider made it, and it cost nothing. Absent for generated images. */
  imported: z.optional(z.literal(true)),
  /** The provider's name in the settings; `import` for an imported image. */
  provider: z.string(),
  /** The vendor's model id; `import` for an imported image. */
  model: z.string(),
  /** SHA-256 of the prompt, in hex. */
  promptHash: z.string(),
  /** The length of the prompt, in characters. */
  promptLength: count,
  /** Absent with `prompts: 'hash'`. */
  promptUsed: z.optional(z.string()),
  /** The prompt as rewritten by the vendor. Absent with `prompts: 'hash'`. */
  revisedPrompt: z.optional(z.string()),
  /** The seed that was used, if it is known. */
  seed: z.optional(z.number()),
  /** The caller's request. Prompts as above; input images are replaced by their hash. */
  request: anything,
  /** The settings that were sent to the vendor. */
  applied: anything,
  /** What differs from the request, as sentences. */
  warnings: z.array(z.string()),
  /** The cost of the whole call. */
  cost: z.object({ usd: z.optional(z.number()), basis: z.string(), asOf: z.optional(z.string()) }),
  /** When the call began, in milliseconds since the epoch, and how long it took. */
  timing: z.object({ startedAt: z.number(), durationMs: z.number() }),
  /** Token counts of the call, if the vendor reported them. */
  usage: z.optional(anything),
  /** The vendor's id of the request. */
  requestId: z.optional(z.string()),
  /** The job that made the image. */
  job: z.optional(z.object({ provider: z.string(), id: z.string() })),
  /** The id of the call that made the image. */
  call: z.optional(z.string()),
  /** The position of the image in its call, from 0. */
  index: count,
  /** Ids of the images it was made from. */
  parents: z.array(z.string()),
  /** Set by `store.tag`. */
  tags: z.array(z.string()),
  /** Set by `store.keep` and `store.reject`. */
  selection: z.optional(z.enum(SELECTIONS)),
  /** Name and version of this library. */
  library: z.string(),
});
export type Sidecar = z.infer<typeof sidecarSchema>;

export type SidecarReading =
  | { readonly kind: 'sidecar'; readonly sidecar: Sidecar }
  /** Another JSON file, not a sidecar. */
  | { readonly kind: 'foreign' }
  /** Written by a later version of this library. It is not changed. */
  | { readonly kind: 'newer'; readonly version: number }
  /** A damaged sidecar. */
  | { readonly kind: 'broken'; readonly why: string };

/** Reads a sidecar. Never returns a partial one. */
export function readSidecar(text: string): SidecarReading {
  const value = parse(text);
  if (value === undefined) return { kind: 'broken', why: 'it is not valid JSON' };
  if (typeof value !== 'object' || value === null || !('version' in value) || !('sha256' in value)) {
    return { kind: 'foreign' };
  }
  const { version } = value;
  if (typeof version === 'number' && version > SIDECAR_VERSION) return { kind: 'newer', version };
  const parsed = sidecarSchema.safeParse(value);
  // The value as it was read, not as it was parsed: when this version writes the sidecar again, fields of other versions are kept.
  if (parsed.success) return { kind: 'sidecar', sidecar: value as Sidecar };
  const [issue] = parsed.error.issues;
  return { kind: 'broken', why: `its field ${issue?.path.join('.') || '(root)'} is invalid` };
}

/** Returns the name of the sidecar of an image file. */
export const sidecarName = (file: string): string => `${file.slice(0, file.lastIndexOf('.'))}.json`;

export function writeSidecar(sidecar: Sidecar): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(sidecar, null, 2)}\n`);
}

/** @returns `undefined` for invalid JSON */
function parse(text: string): unknown {
  try {
    return JSON.parse(text, (key, value) => (key === '__proto__' ? undefined : value));
  } catch {
    return undefined;
  }
}
