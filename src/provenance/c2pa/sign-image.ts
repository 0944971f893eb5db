/** Signs an image with a C2PA manifest. Source: C2PA Specification 2.2, "Claims", "Actions", "Data hash". */
import { randomUUID } from 'node:crypto';
import type { Signer } from '@trustnxt/c2pa-ts/cose';
import { MEDIA_TYPES } from '../../providers/protocol/index.ts';
import { readCarrier } from '../carriers/carrier.ts';
import type { ProvenanceFacts } from '../facts.ts';
import { type MarkResult, markImage } from '../mark-image.ts';
import { readMark } from '../read-mark.ts';
import { toXmlText } from '../xmp/escape.ts';
import { type Credential, type SigningCredential, toCredential } from './credential.ts';
import { loadSigningLibrary, type SigningLibrary } from './optional-packages.ts';

/** Twice the length of a signature would be enough. Above 400, the length of the remaining padding always takes two bytes. */
const SIGNATURE_PADDING_BYTES = 500;

export interface SignParams extends SigningCredential {
  /** The time at which the certificate must be valid. @default the current time */
  readonly now?: Date | undefined;
}

export interface SignResult extends MarkResult {
  /** Whether the file was signed. If not, `why` says the reason. */
  readonly isSigned: boolean;
}

/**
 * Marks a PNG or JPEG file as `markImage` does, then signs it, so that the signature covers the mark. The manifest says that the image was
 * created, by which model and with which digital source type, and contains a hash of the whole file. It has no time stamp of an authority,
 * so it is valid as long as the certificate is. Adds about 2 kB and the certificates. Needs the package `@trustnxt/c2pa-ts`.
 * @param bytes the whole file
 * @param facts as for `markImage`
 * @param params the certificate and its key
 * @returns the file. It is not signed, with the reason in `why`, when it has another format, is damaged, or has a manifest already
 * @throws AiImageError `not_configured`: the certificate, the key or the package is missing or invalid
 */
export async function signImage(bytes: Uint8Array, facts: ProvenanceFacts, params: SignParams): Promise<SignResult> {
  const { now = new Date(), ...given } = params;
  const credential = toCredential(given, now);
  const marked = markImage(bytes, facts);
  const carrier = readCarrier(marked.bytes);
  // A file that must not be changed cannot be signed either. A file whose mark did not fit can.
  if (!carrier || carrier.fixed || readMark(marked.bytes).manifest !== 'absent') return { ...marked, isSigned: false };
  if (carrier.format === 'webp') return unsigned(marked, 'It is not signed: only PNG and JPEG files can be signed.');
  const library = await loadSigningLibrary();
  const signed = await addManifest(library, marked.bytes, carrier.format, facts, credential);
  if (!signed) return unsigned(marked, 'It is not signed: the signing library cannot read the whole file.');
  return { ...marked, bytes: signed, isSigned: true };
}

function unsigned(marked: MarkResult, why: string): SignResult {
  return { ...marked, isSigned: false, why: marked.why ? `${marked.why} ${why}` : why };
}

/** @returns `undefined` when the library would lose bytes of the file, or write a damaged file */
async function addManifest(
  { asset: { JPEG, PNG }, cose, manifest: library }: SigningLibrary,
  bytes: Uint8Array,
  format: 'png' | 'jpeg',
  facts: ProvenanceFacts,
  credential: Credential,
): Promise<Uint8Array | undefined> {
  const asset = openAsset(() => (format === 'png' ? new PNG(bytes) : new JPEG(bytes)));
  if (!asset) return undefined;
  const signer = toSigner(credential, cose);
  const store = new library.ManifestStore();
  const manifest = store.createManifest({
    claimVersion: library.ClaimVersion.V2,
    assetFormat: MEDIA_TYPES[format],
    instanceID: `xmp:iid:${randomUUID()}`,
    defaultHashAlgorithm: 'SHA-256',
    signer,
  });
  // Unused padding stays in the file. The library's default of 25,000 bytes is meant for time stamps.
  if (manifest.signature) manifest.signature.signatureData.paddingLength = SIGNATURE_PADDING_BYTES;
  const [software, version] = splitVersion(facts.software);
  if (manifest.claim) Object.assign(manifest.claim, { claimGeneratorName: software, claimGeneratorVersion: version });
  manifest.addAssertion(toActions(facts, library));
  const hash = library.DataHashAssertion.create('SHA-256');
  manifest.addAssertion(hash);
  await asset.ensureManifestSpace(store.measureSize());
  if (asset.getDataLength() - asset.getHashExclusionRange().length !== bytes.length) return undefined;
  await hash.updateWithAsset(asset);
  await manifest.sign(signer);
  await asset.writeManifestJUMBF(store.getBytes());
  const signed = await asset.getDataRange();
  const carrier = readCarrier(signed);
  return carrier?.hasManifest && !carrier.broken ? signed : undefined;
}

/** The library throws on files that it cannot read, for example a JPEG with padding between its segments. */
function openAsset<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}

function toSigner({ own, chain, sign }: Credential, { CoseAlgorithmIdentifier }: SigningLibrary['cose']): Signer {
  // The library reads only the DER of a certificate. Its class comes from a package that is not a dependency of ours.
  const toCertificate = (der: Uint8Array<ArrayBuffer>) => ({ rawData: der.buffer }) as Signer['certificate'];
  const chainCertificates = chain.map(toCertificate);
  return { algorithm: CoseAlgorithmIdentifier.ES256, certificate: toCertificate(own), chainCertificates, sign };
}

/** A first manifest must begin with the action "created". The software agent is an object, because other readers reject a string. */
function toActions({ digitalSource, provider, model }: ProvenanceFacts, library: SigningLibrary['manifest']) {
  const { ActionAssertion, ActionType, AssertionLabels, DigitalSourceType } = library;
  const assertion = new ActionAssertion();
  assertion.label = AssertionLabels.actionsV2;
  assertion.actions = [
    {
      action: ActionType.C2paCreated,
      digitalSourceType: {
        trainedAlgorithmicMedia: DigitalSourceType.TrainedAlgorithmicMedia,
        compositeWithTrainedAlgorithmicMedia: DigitalSourceType.CompositeWithTrainedAlgorithmicMedia,
      }[digitalSource],
      softwareAgent: { name: toXmlText(`${provider} ${model}`) },
    },
  ];
  return assertion;
}

/** Verifiers require a name that is not empty, and no unpaired surrogates. */
function splitVersion(software: string): readonly [name: string, version: string | undefined] {
  const text = toXmlText(software).trim() || 'unknown software';
  const space = text.lastIndexOf(' ');
  return space === -1 ? [text, undefined] : [text.slice(0, space), text.slice(space + 1)];
}
