/** What makes two requests the same call. */
import type { CallIdentity } from '../runs/run-list.ts';
import { HttpFault } from './http-fault.ts';
import { hashOfBytes } from './read-body.ts';
import type { ServerRequest } from './server-context.ts';

const MAX_KEY_LENGTH = 255;

/**
 * @param bodyHash SHA-256 of the body in hex; of a form that of its parts, because the boundary changes with each retry
 * @throws HttpFault 400: the `Idempotency-Key` is empty, too long, or has other characters than printable ASCII
 */
export async function identityOf(c: ServerRequest, bodyHash: string): Promise<CallIdentity> {
  const key = c.req.header('idempotency-key')?.trim();
  if (key !== undefined) checkKey(key);
  const text = new TextEncoder().encode(`${c.req.method}\n${c.req.path}\n${bodyHash}`);
  return { ...(key !== undefined && { key }), hash: await hashOfBytes(text), isRetry: isRetry(c) };
}

/** OpenAI's clients count their attempts. Any other client can say it with `x-imagen-retry`. */
function isRetry(c: ServerRequest): boolean {
  const marker = c.req.header('x-imagen-retry')?.trim() ?? '';
  if (marker !== '' && marker !== '0' && marker.toLowerCase() !== 'false') return true;
  // A proxy can join a header that was sent twice: `1, 1`.
  const counts = (c.req.header('x-stainless-retry-count') ?? '0').split(',');
  return counts.some((count) => Number(count) > 0);
}

function checkKey(key: string): void {
  if (key.length > 0 && key.length <= MAX_KEY_LENGTH && /^[\x20-\x7e]+$/.test(key)) return;
  const message = `The header Idempotency-Key is not valid. Send 1 to ${MAX_KEY_LENGTH} printable ASCII characters, for example a UUID.`;
  throw new HttpFault(400, 'invalid_idempotency_key', message, { param: 'Idempotency-Key' });
}
