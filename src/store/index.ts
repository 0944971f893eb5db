/** The store saves generated images with their sidecars, and records spending and jobs. Apps and hosts import it from here. */

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
} from '../provenance/index.ts';
export { AI_SOURCES, describeProvenance, markImage, readMark, signImage, verifyManifest } from '../provenance/index.ts';
export { saveImage } from './artifacts/save-image.ts';
export type { Selection, Sidecar } from './artifacts/sidecar.ts';
export { sidecarSchema } from './artifacts/sidecar.ts';
export type { ArtifactQuery } from './catalog/artifact-query.ts';
export type { ArtifactSummary } from './catalog/artifact-rows.ts';
export type { Lineage } from './catalog/lineage.ts';
export { createStore } from './create-store.ts';
export type { Partition } from './files/paths.ts';
export type {
  ArtifactContext,
  BudgetScope,
  CallEnd,
  CallStart,
  CallState,
  CallSum,
  ExpectedCost,
  JobEnd,
  JobRecord,
  JobRecords,
  LastAttempt,
  Ledger,
  LoadedCall,
  ManagerStore,
  Refused,
  ResultCache,
  Settlement,
  SpendingBasis,
  StoredArtifact,
  StoredGeneration,
} from './interfaces.ts';
export type { UsageOptions, UsageRow } from './ledger/usage.ts';
export type { Verified, VerifyFinding, VerifyNote } from './maintenance/verify.ts';
export type { ReindexResult } from './open/rebuild-catalog.ts';
export type {
  DatabaseOptions,
  DatabaseSettings,
  PooledClient,
  SqlAnswer,
  SqlClient,
  SqlPool,
  SqlSession,
} from './sql/postgres/settings.ts';
export type { S3Settings } from './storage/s3/settings.ts';
export type { Artifact, Store } from './store.ts';
export type { StoreSettings } from './store-settings.ts';
