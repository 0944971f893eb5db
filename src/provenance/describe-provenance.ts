/** Describes the origin of an image from its file and its sidecar, as data and as sentences. */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { isAiImageError } from '../providers/protocol/index.ts';
import { type VerifyParams, verifyManifest } from './c2pa/verify-manifest.ts';
import { describeHash, describeManifest, describeMark } from './describe-findings.ts';
import type { Provenance, SidecarFacts } from './provenance.ts';
import { type MarkReading, readMark } from './read-mark.ts';

/** A field of another type counts as absent. `z.catch` would keep all of zod's utilities in the chunk that every provider loads. */
const text = z.union([
  z.string(),
  z.pipe(
    z.unknown(),
    z.transform(() => undefined),
  ),
]);
const sidecarSchema = z.object({
  sha256: z.optional(text),
  provider: z.optional(text),
  model: z.optional(text),
  imported: z.optional(z.unknown()),
});

/**
 * Reads the mark, checks the manifest, and compares the file with its sidecar. Makes no network request.
 * @param bytes the whole file; any bytes are allowed
 * @param sidecar the parsed JSON of the sidecar, if there is one; any value is allowed
 * @returns the description. Never throws because of the bytes or the sidecar. Without the optional package, the manifest is `unchecked`
 */
export async function describeProvenance(
  bytes: Uint8Array,
  sidecar?: unknown,
  params: VerifyParams = {},
): Promise<Provenance> {
  const reading = readMark(bytes);
  const manifest = await checkManifest(bytes, reading, params);
  const facts = toSidecarFacts(sidecar);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const hash = facts?.sha256 === undefined ? 'unknown' : facts.sha256.toLowerCase() === sha256 ? 'holds' : 'differs';
  const lines = [...describeMark(reading), ...describeManifest(manifest), ...describeHash(hash, facts, reading.mark)];
  return { reading, manifest, ...(facts && { sidecar: facts }), hash, sha256, lines };
}

async function checkManifest(
  bytes: Uint8Array,
  { format, manifest }: MarkReading,
  params: VerifyParams,
): Promise<Provenance['manifest']> {
  if (manifest === 'absent' || !format) return { kind: 'absent' };
  try {
    return await verifyManifest(bytes, params);
  } catch (error) {
    if (!isAiImageError(error) || error.code !== 'not_configured') throw error;
    return { kind: 'unchecked', why: `${error.message}. ${error.hint ?? ''}`.trim() };
  }
}

/** @returns `undefined` for a value that is not an object */
function toSidecarFacts(sidecar: unknown): SidecarFacts | undefined {
  const parsed = sidecarSchema.safeParse(sidecar);
  if (!parsed.success) return undefined;
  const { sha256, provider, model, imported } = parsed.data;
  if (imported === true) return { ...(sha256 && { sha256 }), isImported: true };
  return { ...(sha256 && { sha256 }), ...(provider && { provider }), ...(model && { model }) };
}
