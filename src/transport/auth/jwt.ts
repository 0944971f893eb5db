/** Signs JWT assertions (RFC 7519) with Web Crypto. */
import { encodeBase64 } from '#platform';
import { credentialError } from './supplier.ts';

const BEGIN = '-----BEGIN PRIVATE KEY-----';
const END = '-----END PRIVATE KEY-----';
const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;

export interface Assertion {
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, string | number>>;
}

/** @param privateKey PKCS#8 in PEM @returns `header.claims.signature`, RS256 */
export async function signJwt(privateKey: string, { keyId, claims }: Assertion): Promise<string> {
  const header = { alg: 'RS256', typ: 'JWT', ...(keyId !== undefined && { kid: keyId }) };
  const signed = `${encode(header)}.${encode(claims)}`;
  const key = await importKey(privateKey);
  const signature = await crypto.subtle.sign(ALGORITHM, key, new TextEncoder().encode(signed));
  return `${signed}.${toUrl(encodeBase64(new Uint8Array(signature)))}`;
}

async function importKey(pem: string): Promise<CryptoKey> {
  try {
    const body = pem.split(BEGIN)[1]?.split(END)[0] ?? '';
    const der = Uint8Array.from(atob(body.replace(/\s/g, '')), (character) => character.charCodeAt(0));
    return await crypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
  } catch {
    throw credentialError('the private key cannot be read; it must be a PEM that begins with BEGIN PRIVATE KEY'); // without a cause, which could quote the key
  }
}

const encode = (value: object): string => toUrl(encodeBase64(new TextEncoder().encode(JSON.stringify(value))));
const toUrl = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
