/** Ids of requests, in the form that OpenAI's clients show. */

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

const ID_LENGTH = 24;
/** Random bytes are fetched for many ids at once, because a fetch costs much more than its bytes. */
const POOL = new Uint8Array(ID_LENGTH * 128);
let used = POOL.length;

/** Returns `req_` and 24 characters of base32: 120 random bits. */
export function createRequestId(): string {
  if (used === POOL.length) {
    crypto.getRandomValues(POOL);
    used = 0;
  }
  let id = 'req_';
  for (const end = used + ID_LENGTH; used < end; used++) id += ALPHABET[POOL[used]! & 31];
  return id;
}
