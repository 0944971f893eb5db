/** Contract C12: one idempotency key stands for one request. */

import { AiImageError } from '../../providers/protocol/index.ts';
import { USED_BY_ANOTHER } from '../../providers/protocol/shared/call-ids.ts';

export interface IdempotencyKeys {
  /** @throws AiImageError `invalid_request`: the key was used for another request */
  readonly check: (idempotencyKey: string | undefined, requestKey: string) => void;
}

/** Keys that are remembered; the oldest are dropped first. */
const MAX_KEYS = 10_000;

export function createIdempotencyKeys(): IdempotencyKeys {
  const requestKeys = new Map<string, string>();
  return {
    check(idempotencyKey, requestKey) {
      if (idempotencyKey === undefined) return;
      const known = requestKeys.get(idempotencyKey);
      if (known !== undefined && known !== requestKey) {
        throw new AiImageError('invalid_request', `this idempotency key ${USED_BY_ANOTHER}`, {
          charged: 'no',
          hint: 'Use a new random key for each request, for example crypto.randomUUID().',
        });
      }
      requestKeys.set(idempotencyKey, requestKey);
      const oldest = requestKeys.keys().next();
      if (requestKeys.size > MAX_KEYS && !oldest.done) requestKeys.delete(oldest.value);
    },
  };
}
