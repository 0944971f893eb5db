/** Who signs: a certificate and the key that belongs to it, checked before anything is signed. */
import { createPrivateKey, KeyObject, sign, X509Certificate } from 'node:crypto';
import { AiImageError } from '../../providers/protocol/index.ts';

export interface SigningCredential {
  /** PEM. The signer's own certificate first, then those between it and the root; the root itself is left out. */
  readonly certificate: string;
  /** The key on the curve P-256, as PEM or as an object of `node:crypto`. It is used, and neither kept nor shown. */
  readonly privateKey: string | KeyObject;
}

export interface Credential {
  /** The signer's own certificate, DER. */
  readonly own: Uint8Array<ArrayBuffer>;
  /** Those between it and the root, DER, in the order given. */
  readonly chain: readonly Uint8Array<ArrayBuffer>[];
  /** ES256: ECDSA with SHA-256, both numbers side by side as COSE wants them (RFC 9053, section 2.1), not DER. */
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>;
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]{1,20000}-----END CERTIFICATE-----/g;
const HINT = 'Give a PEM certificate for signing C2PA claims and its private key on the curve P-256.';

/** @throws AiImageError `not_configured` when the certificate or the key is no such thing, or one does not belong to the other */
export function toCredential({ certificate, privateKey }: SigningCredential, now: Date): Credential {
  const all = (certificate.match(PEM) ?? []).map((pem) => read('certificate', () => new X509Certificate(pem)));
  const [own, ...chain] = all;
  if (!own) throw unusable('the certificate is no PEM text');
  const key = privateKey instanceof KeyObject ? privateKey : read('private key', () => createPrivateKey(privateKey));
  if (key.type !== 'private' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw unusable('the private key is not on the curve P-256');
  }
  if (!own.checkPrivateKey(key)) throw unusable('the private key does not belong to the certificate');
  if (now < own.validFromDate || now > own.validToDate) {
    throw unusable(`the certificate is valid from ${own.validFrom} to ${own.validTo}`);
  }
  return {
    own: new Uint8Array(own.raw),
    chain: chain.map(({ raw }) => new Uint8Array(raw)),
    sign: async (bytes) => new Uint8Array(sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })),
  };
}

/** The cause is left out on purpose: what a parser says of a key may hold a piece of it. */
function read<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw unusable(`the ${what} cannot be read`);
  }
}

function unusable(what: string): AiImageError {
  return new AiImageError('not_configured', `signing an image: ${what}`, { hint: HINT });
}
