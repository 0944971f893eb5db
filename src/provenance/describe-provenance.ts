/** Everything a file and its sidecar tell about the origin of a picture, as data and in plain words. */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { isAiImageError } from '../providers/protocol/index.ts';
import { type VerifyParams, verifyManifest } from './c2pa/verify-manifest.ts';
import { describeHash, describeManifest, describeMark } from './lines.ts';
import type { Provenance, SidecarFacts } from './provenance.ts';
import { type MarkReading, readMark } from './read-mark.ts';

/** A field of another kind counts as not there. */
const text = z.catch(z.nullish(z.string()), undefined);
const sidecarSchema = z.object({ sha256: text, provider: text, model: text });

/**
 * Reads the mark, checks the manifest where one may be, and holds the file against its sidecar. No network request.
 * @param bytes the whole file; any bytes are allowed
 * @param sidecar what was read from the JSON beside it, if there is one; of any shape
 * @returns never throws on what the bytes or the sidecar are; without the package for manifests it says so
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

/** @returns undefined for something that is no sidecar at all */
function toSidecarFacts(sidecar: unknown): SidecarFacts | undefined {
  const parsed = sidecarSchema.safeParse(sidecar);
  if (!parsed.success) return undefined;
  const { sha256, provider, model } = parsed.data;
  return { ...(sha256 && { sha256 }), ...(provider && { provider }), ...(model && { model }) };
}
