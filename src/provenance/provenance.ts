/** What is known about the origin of a file. */
import type { ManifestReport } from './c2pa/verify-manifest.ts';
import type { MarkReading } from './read-mark.ts';

/** What is asked of a sidecar. Everything else in it is left alone. */
export interface SidecarFacts {
  /** SHA-256 of the file, in hex. */
  readonly sha256?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
}

export interface Provenance {
  readonly reading: MarkReading;
  /** `unchecked`: there may be one, and the package that checks it is not installed. */
  readonly manifest: ManifestReport | { readonly kind: 'unchecked'; readonly why: string };
  readonly sidecar?: SidecarFacts;
  /** Whether the file is the one that the sidecar was written for; `unknown` without a sidecar or a hash in it. */
  readonly hash: 'holds' | 'differs' | 'unknown';
  /** SHA-256 of the file, in hex. */
  readonly sha256: string;
  /** The same in sentences, one a line, safe to print. */
  readonly lines: readonly string[];
}
