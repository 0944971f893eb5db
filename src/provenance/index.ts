/** Marks images as made by AI, signs them, and reads and verifies both. The store exports this to hosts. */
export type { SigningCredential } from './c2pa/credential.ts';
export type { SignParams, SignResult } from './c2pa/sign-image.ts';
export { signImage } from './c2pa/sign-image.ts';
export type { ManifestProblem, ManifestReport, VerifiedManifest, VerifyParams } from './c2pa/verify-manifest.ts';
export { verifyManifest } from './c2pa/verify-manifest.ts';
export { describeProvenance } from './describe-provenance.ts';
export type { AiSource, Mark, ProvenanceFacts } from './facts.ts';
export { AI_SOURCES } from './facts.ts';
export type { MarkResult } from './mark-image.ts';
export { markImage } from './mark-image.ts';
export type { Provenance, SidecarFacts } from './provenance.ts';
export type { ManifestPresence, MarkReading } from './read-mark.ts';
export { readMark } from './read-mark.ts';
