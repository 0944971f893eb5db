/** The cache key of a request: two requests with the same key would generate the same image. */
import type { EditRequest, ImageRequest } from '../../providers/protocol/index.ts';
import { sha256 } from '../sha256.ts';

/** Returns a SHA-256 in hex over everything that changes the image. */
export async function requestKey(
  request: ImageRequest | EditRequest,
  call: { readonly provider: string; readonly model: string; readonly tenant: string; readonly links: boolean },
): Promise<string> {
  const { metadata: _, onUnsupported: __, ...fields } = request;
  const bytes: Uint8Array[] = [];
  const text = JSON.stringify(canonical({ ...fields, ...call }, bytes));
  const hashes = await Promise.all(bytes.map(sha256));
  return sha256(new TextEncoder().encode([text, ...hashes].join(' ')));
}

/** Sorts field names and drops undefined fields. @param bytes collects the byte arrays; a number marks the place of each */
function canonical(value: unknown, bytes: Uint8Array[]): unknown {
  if (value instanceof Uint8Array) return { bytes: bytes.push(value) };
  if (Array.isArray(value)) return value.map((each) => canonical(each, bytes));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return entries.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, each]) => [name, canonical(each, bytes)]);
}
