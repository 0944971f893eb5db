/** The certificate and the private key of a signer, and their checks. */
import { createPrivateKey, KeyObject, sign, X509Certificate } from 'node:crypto';
import { AiImageError } from '../../providers/protocol/index.ts';

export interface SigningCredential {
  /** PEM. The signer's own certificate first, then the intermediate certificates. Without the root. */
  readonly certificate: string;
  /** The private key on the curve P-256, as PEM or as an object of `node:crypto`. It is never stored or shown. */
  readonly privateKey: string | KeyObject;
}

export interface Credential {
  /** The signer's own certificate, DER. */
  readonly own: Uint8Array<ArrayBuffer>;
  /** The intermediate certificates, DER, in the given order. */
  readonly chain: readonly Uint8Array<ArrayBuffer>[];
  /** ES256: ECDSA with SHA-256. Returns both numbers concatenated, as COSE requires (RFC 9053, section 2.1), not DER. */
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>;
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]{1,20000}-----END CERTIFICATE-----/g;
const HINT = 'Pass a PEM certificate for signing C2PA claims, and its private key on the curve P-256.';

/** @throws AiImageError `not_configured`: the certificate or the key is invalid, or they do not belong together */
export function toCredential({ certificate, privateKey }: SigningCredential, now: Date): Credential {
  const all = (certificate.match(PEM) ?? []).map((pem) => read('certificate', () => new X509Certificate(pem)));
  const [own, ...chain] = all;
  if (!own) throw unusableCredentialError('the certificate is not in PEM format');
  const key = privateKey instanceof KeyObject ? privateKey : read('private key', () => createPrivateKey(privateKey));
  if (key.type !== 'private' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw unusableCredentialError('the private key is not on the curve P-256');
  }
  if (!own.checkPrivateKey(key)) throw unusableCredentialError('the private key does not belong to the certificate');
  if (now < own.validFromDate || now > own.validToDate) {
    throw unusableCredentialError(`the certificate is valid from ${own.validFrom} to ${own.validTo}`);
  }
  return {
    own: new Uint8Array(own.raw),
    chain: chain.map(({ raw }) => new Uint8Array(raw)),
    sign: async (bytes) => new Uint8Array(sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })),
  };
}

/** Leaves out the cause on purpose: the message of a parser may contain a part of the key. */
function read<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw unusableCredentialError(`the ${what} cannot be read`);
  }
}

function unusableCredentialError(what: string): AiImageError {
  return new AiImageError('not_configured', `cannot sign the image: ${what}`, { hint: HINT });
}
