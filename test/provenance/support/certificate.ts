/** Creates a signer for tests: a root certificate, and a certificate that it issued for signing C2PA claims. Writes DER directly (RFC 5280, RFC 5758). */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface TestSigner {
  /** PEM of the signing certificate. */
  readonly certificate: string;
  /** PEM, PKCS#8. */
  readonly privateKey: string;
  /** The root certificate, PEM. */
  readonly root: string;
}

export interface TestSignerParams {
  /** @default 'Test Studio' */
  readonly organisation?: string;
  /** @default 2020-01-01 */
  readonly notBefore?: Date;
  /** @default 2049-12-31 */
  readonly notAfter?: Date;
}

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  organisation: '2.5.4.10',
  commonName: '2.5.4.3',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  subjectKey: '2.5.29.14',
  authorityKey: '2.5.29.35',
  emailProtection: '1.3.6.1.5.5.7.3.4',
};

export function createTestSigner(params: TestSignerParams = {}): TestSigner {
  const { organisation = 'Test Studio' } = params;
  const root = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rootName = name('Test Root', 'Test Root CA');
  const rootId = keyId(root.publicKey);
  const shared = { ...params, issuer: rootName, signingKey: root.privateKey };
  return {
    certificate: toCertificate({
      ...shared,
      serial: 2,
      subject: name(organisation, 'Image signing'),
      publicKey: leaf.publicKey,
      extensions: [
        extension(OID.basicConstraints, true, sequence()),
        extension(OID.keyUsage, true, bits(0x80)),
        extension(OID.extendedKeyUsage, false, sequence(oid(OID.emailProtection))),
        extension(OID.subjectKey, false, der(0x04, keyId(leaf.publicKey))),
        extension(OID.authorityKey, false, sequence(der(0x80, rootId))),
      ],
    }),
    privateKey: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    root: toCertificate({
      ...shared,
      serial: 1,
      subject: rootName,
      publicKey: root.publicKey,
      extensions: [
        extension(OID.basicConstraints, true, sequence(TRUE)),
        extension(OID.keyUsage, true, bits(0x06)),
        extension(OID.subjectKey, false, der(0x04, rootId)),
      ],
    }),
  };
}

interface CertificateParts extends TestSignerParams {
  readonly serial: number;
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

function toCertificate(parts: CertificateParts): string {
  const { notBefore = new Date('2020-01-01'), notAfter = new Date('2049-12-31') } = parts;
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const body = sequence(
    der(0xa0, integer(2)),
    integer(parts.serial),
    algorithm,
    parts.issuer,
    sequence(time(notBefore), time(notAfter)),
    parts.subject,
    spki(parts.publicKey),
    der(0xa3, sequence(...parts.extensions)),
  );
  const whole = sequence(body, algorithm, der(0x03, Buffer.from([0]), sign('sha256', body, parts.signingKey)));
  const lines = whole.toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

const TRUE = Buffer.from([0x01, 0x01, 0xff]);

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const integer = (value: number) => der(0x02, Buffer.from([value]));
const spki = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });
const keyId = (key: KeyObject) => createHash('sha1').update(spki(key)).digest();

/** A bit string of one byte. Its trailing zeros count as unused bits. */
function bits(value: number): Buffer {
  return der(0x03, Buffer.from([Math.clz32(value & -value) ^ 31, value]));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const groups = [first * 40 + second, ...rest].map((value) => {
    const bytes = [value & 0x7f];
    for (let left = value >>> 7; left > 0; left >>>= 7) bytes.unshift((left & 0x7f) | 0x80);
    return bytes;
  });
  return der(0x06, Buffer.from(groups.flat()));
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(0x17, Buffer.from(digits.slice(2), 'ascii'));
}

function name(organisation: string, commonName: string): Buffer {
  const part = (type: string, value: string) => der(0x31, sequence(oid(type), der(0x0c, Buffer.from(value))));
  return sequence(part(OID.organisation, organisation), part(OID.commonName, commonName));
}

function extension(type: string, isCritical: boolean, value: Uint8Array): Buffer {
  return sequence(oid(type), ...(isCritical ? [TRUE] : []), der(0x04, value));
}
