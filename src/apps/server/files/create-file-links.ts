/** Signs and checks links to files. */
import { isEqual } from '../tenants/authenticate.ts';
import type { FileLinks } from './file-links.ts';

/** The whole image. The only variant so far; it is in the path so that smaller ones can follow. */
export const FULL = 'full';

const HOUR_MS = 3_600_000;
/** Of 43 characters: 132 bits. */
const SIGNATURE_LENGTH = 22;
const encoder = new TextEncoder();

/** @param key at least 32 random bytes */
export function createFileLinks(key: Uint8Array, now: () => number): FileLinks {
  let imported: Promise<CryptoKey> | undefined;

  async function sign(id: string, variant: string, expires: string): Promise<string> {
    imported ??= crypto.subtle.importKey('raw', key.slice(), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const text = encoder.encode(`${id}\n${variant}\n${expires}`);
    const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', await imported, text));
    return toBase64Url(bytes).slice(0, SIGNATURE_LENGTH);
  }

  return {
    async create({ id, name }, origin, lifetimeMs = 24 * HOUR_MS) {
      const expires = String((Math.ceil((now() + lifetimeMs) / HOUR_MS) * HOUR_MS) / 1_000);
      return `${origin}/files/${id}/${FULL}/${expires}.${await sign(id, FULL, expires)}/${toPathSegment(name)}`;
    },
    async check({ id, variant, expires, signature }) {
      const expected = await sign(id, variant, expires);
      if (!isEqual(encoder.encode(expected), encoder.encode(signature))) return 'wrong';
      return Number(expires) * 1_000 > now() ? 'valid' : 'expired';
    },
  };
}

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');

/** A segment of dots would be taken for a step up in the path. */
const toPathSegment = (name: string): string => (/^\.*$/.test(name) ? 'image' : encodeURIComponent(name));
