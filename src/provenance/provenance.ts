/** The description of an image's origin, as data. */
import type { ManifestReport } from './c2pa/verify-manifest.ts';
import type { MarkReading } from './read-mark.ts';

/** The fields of a sidecar that are compared with the file. */
export interface SidecarFacts {
  /** SHA-256 of the file, in hex. */
  readonly sha256?: string | undefined;
  /** The provider in the sidecar. */
  readonly provider?: string | undefined;
  /** The model in the sidecar. */
  readonly model?: string | undefined;
  /** Whether the image was imported: the sidecar names no provider and no model that made it. */
  readonly isImported?: boolean;
}

export interface Provenance {
  /** What the file says about its origin. */
  readonly reading: MarkReading;
  /** `unchecked`: the file may have a manifest, but the package that checks it is not installed. */
  readonly manifest: ManifestReport | { readonly kind: 'unchecked'; readonly why: string };
  /** What the sidecar says. Absent without a sidecar. */
  readonly sidecar?: SidecarFacts;
  /** Whether the file has the hash in the sidecar; `unknown` without a sidecar or without a hash in it. */
  readonly hash: 'holds' | 'differs' | 'unknown';
  /** SHA-256 of the file, in hex. */
  readonly sha256: string;
  /** The same as sentences, one per line, safe to print. */
  readonly lines: readonly string[];
}
