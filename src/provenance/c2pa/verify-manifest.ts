/** Verifies the C2PA manifest of an image file. */
import * as z from 'zod/mini';
import { type ImageFormat, MEDIA_TYPES } from '../../providers/protocol/index.ts';
import { guessFormat } from '../carriers/carrier.ts';
import { toTerm } from '../xmp/read.ts';
import { loadVerifyingLibrary, type VerifyingLibrary } from './optional-packages.ts';
import { STATUS_TEXTS } from './status-texts.ts';

export interface VerifyParams {
  /** Root certificates of trusted signers, PEM. Without them, no manifest is trusted. */
  readonly trustedRoots?: string | undefined;
}

export interface ManifestProblem {
  /** The status code of the C2PA specification. */
  readonly code: string;
  /** The problem as a sentence. */
  readonly message: string;
}

export interface VerifiedManifest {
  readonly kind: 'found';
  /** The image was not changed since it was signed, and the signature matches the certificate. */
  readonly isValid: boolean;
  /** Valid, and one of `trustedRoots` issued the certificate, directly or through intermediate certificates. */
  readonly isTrusted: boolean;
  /** The organisation in the certificate. Only a claim unless the manifest is trusted. */
  readonly signer?: string;
  /** The time stamp of an authority, ISO 8601. Absent without one. */
  readonly signedAt?: string;
  /** The software that wrote the manifest. */
  readonly software?: string;
  /** The name of the IPTC digital source type in the manifest. */
  readonly digitalSource?: string;
  /** Why it is not valid or not trusted. */
  readonly problems: readonly ManifestProblem[];
}

/**
 * - `absent`: the file has no manifest.
 * - `elsewhere`: the file has the address of a manifest. It is not fetched.
 * - `unreadable`: the file has a manifest that cannot be read.
 */
export type ManifestReport =
  | VerifiedManifest
  | { readonly kind: 'absent' }
  | { readonly kind: 'elsewhere' }
  | {
      readonly kind: 'unreadable';
      /** What could not be read, as a sentence. */
      readonly why: string;
    };

/**
 * Verifies the manifest of a PNG, JPEG, WebP, GIF, AVIF or SVG file. Makes no network request: manifests at other addresses, revocation
 * lists and lists of trusted signers are not fetched. Needs the package `@contentauth/c2pa-wasm`, which the first call compiles.
 * @param bytes the whole file; any bytes are allowed
 * @throws AiImageError `not_configured`: the package is not installed
 */
export async function verifyManifest(bytes: Uint8Array, { trustedRoots }: VerifyParams = {}): Promise<ManifestReport> {
  const format = guessFormat(bytes);
  if (!format) return { kind: 'absent' };
  const library = await loadVerifyingLibrary();
  const text = await readStore(library, bytes, format, trustedRoots);
  return typeof text === 'string' ? toReport(text) : text;
}

async function readStore(
  { WasmReader }: VerifyingLibrary,
  bytes: Uint8Array,
  format: ImageFormat,
  trustedRoots: string | undefined,
): Promise<string | ManifestReport> {
  const settings = {
    verify: { verify_trust: true, remote_manifest_fetch: false, ocsp_fetch: false },
    ...(trustedRoots !== undefined && { trust: { trust_anchors: trustedRoots } }),
  };
  try {
    const reader = await WasmReader.fromBytes(MEDIA_TYPES[format], bytes, JSON.stringify(settings));
    try {
      return reader.json();
    } finally {
      reader.free();
    }
  } catch (error) {
    // The library throws strings that contain the names of its error types.
    const why = error instanceof Error ? error.message : String(error);
    if (why.includes('JumbfNotFound')) return { kind: 'absent' };
    if (why.includes('RemoteManifest')) return { kind: 'elsewhere' };
    return { kind: 'unreadable', why };
  }
}

const statusSchema = z.array(z.object({ code: z.string(), explanation: z.nullish(z.string()) }));
const actionsSchema = z.object({ actions: z.array(z.object({ digitalSourceType: z.nullish(z.string()) })) });
const manifestSchema = z.object({
  claim_generator: z.nullish(z.string()),
  claim_generator_info: z.nullish(z.array(z.object({ name: z.string(), version: z.nullish(z.string()) }))),
  signature_info: z.nullish(
    z.object({ issuer: z.nullish(z.string()), common_name: z.nullish(z.string()), time: z.nullish(z.string()) }),
  ),
  assertions: z.nullish(z.array(z.object({ label: z.string(), data: z.unknown() }))),
});
const storeSchema = z.object({
  active_manifest: z.nullish(z.string()),
  manifests: z.nullish(z.record(z.string(), manifestSchema)),
  validation_state: z.nullish(z.string()),
  validation_status: z.nullish(statusSchema),
});

type ManifestFields = z.infer<typeof manifestSchema>;

function toReport(text: string): ManifestReport {
  const parsed = storeSchema.safeParse(JSON.parse(text));
  if (!parsed.success) return { kind: 'unreadable', why: 'The verifying library returned an unknown format.' };
  const { active_manifest: label, manifests, validation_state: state, validation_status: status } = parsed.data;
  const manifest = manifests?.[label ?? ''];
  const { issuer, common_name: name, time } = manifest?.signature_info ?? {};
  const signer = issuer ?? name;
  const software = manifest && softwareOf(manifest);
  const digitalSource = manifest && digitalSourceOf(manifest);
  return {
    kind: 'found',
    isValid: state === 'Valid' || state === 'Trusted',
    isTrusted: state === 'Trusted',
    ...(signer && { signer }),
    ...(time && { signedAt: time }),
    ...(software && { software }),
    ...(digitalSource && { digitalSource }),
    problems: (status ?? []).map(({ code, explanation }) => ({
      code,
      message: STATUS_TEXTS.get(code) ?? explanation ?? code,
    })),
  };
}

function softwareOf({ claim_generator_info: infos, claim_generator: text }: ManifestFields): string | undefined {
  const info = infos?.[0];
  if (!info) return text ?? undefined;
  return info.version ? `${info.name} ${info.version}` : info.name;
}

/** Returns the type of the first action that has one, which is how the image was created, before it was edited. */
function digitalSourceOf({ assertions }: ManifestFields): string | undefined {
  for (const { label, data } of assertions ?? []) {
    if (!label.startsWith('c2pa.actions')) continue;
    const read = actionsSchema.safeParse(data);
    const source = read.data?.actions.find((action) => action.digitalSourceType)?.digitalSourceType;
    if (source) return toTerm(source);
  }
  return undefined;
}
