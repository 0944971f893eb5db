/** Where what was paid for is kept: pictures with their sidecars, spending, jobs. */
export type { ArtifactQuery, ArtifactSummary } from './catalog.ts';
export type { Artifact, Store, StoreSettings } from './create-store.ts';
export { createStore } from './create-store.ts';
export type { Partition } from './layout.ts';
export type { Lineage } from './lineage.ts';
export type { UsageRow } from './money.ts';
export type {
  CallStart,
  CallState,
  CallSum,
  Circumstances,
  Decision,
  JobEnd,
  JobRecord,
  JobRecords,
  Kept,
  KeptGeneration,
  LastTry,
  Ledger,
  ManagerStore,
  Refused,
  ResultCache,
  Scope,
  Spending,
  SpendingBasis,
} from './ports.ts';
export type {
  DatabaseOptions,
  DatabaseSettings,
  PooledClient,
  SqlAnswer,
  SqlClient,
  SqlPool,
  SqlSession,
} from './postgres/settings.ts';
export type {
  AiSource,
  ManifestPresence,
  ManifestProblem,
  ManifestReport,
  Mark,
  MarkReading,
  MarkResult,
  Provenance,
  ProvenanceFacts,
  SidecarFacts,
  SigningCredential,
  SignParams,
  SignResult,
  VerifiedManifest,
  VerifyParams,
} from './provenance/index.ts';
export { AI_SOURCES, describeProvenance, markImage, readMark, signImage, verifyManifest } from './provenance/index.ts';
export type { Rebuilt } from './rebuild.ts';
export type { S3Settings } from './s3/settings.ts';
export { saveImage } from './save-image.ts';
export type { Selection, Sidecar } from './sidecar.ts';
export { sidecarSchema } from './sidecar.ts';
export type { Finding, Verified, VerifyNote } from './verify.ts';
