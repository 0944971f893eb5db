/** Webhooks signed with Ed25519 over the ids of job and user, a timestamp and the hash of the body (fal, Ideogram). */
import type { WebhookProof } from '../adapter/webhook-definition.ts';
import { fromHex } from '../encoding.ts';

/**
 * Returns what the signature covers; `undefined` when a header is missing or malformed.
 * @param prefix of the headers, e.g. `x-fal-webhook-`
 * @param jobIdHeader the header with the job's id, without the prefix
 * @param keysUrl where the vendor publishes its public keys (JWKS)
 */
export function ed25519Proof(
  { headers, sha256 }: { readonly headers: Readonly<Record<string, string>>; readonly sha256: string },
  prefix: string,
  jobIdHeader: string,
  keysUrl: string,
): WebhookProof | undefined {
  const parts = [jobIdHeader, 'user-id', 'timestamp'].map((name) => headers[`${prefix}${name}`]);
  const signature = fromHex(headers[`${prefix}signature`] ?? '');
  if (signature === undefined || parts.some((part) => part === undefined)) return undefined;
  return {
    message: [...parts, sha256].join('\n'),
    signedAt: Number(parts[2]),
    signatures: [signature],
    key: { kind: 'ed25519', keysUrl },
  };
}
