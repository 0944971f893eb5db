/** Names of budget scopes as the tables hold them. */
import { sha256 } from '../files/sha256.ts';

/** An index of PostgreSQL holds 2704 bytes, and each of these characters takes at most three. */
const MAX_KEY_LENGTH = 600;
const KEPT_LENGTH = 200;

/** Returns a short name as it is, and a longer one as its beginning and its hash. The key of a key is the same. */
export function toScopeKey(name: string): string {
  if (name.length <= MAX_KEY_LENGTH) return name;
  return `${name.slice(0, KEPT_LENGTH)} sha256:${sha256(new TextEncoder().encode(name))}`;
}
