/** Budgets, policies, routing, fallback and jobs on top of the providers. */

export type {
  ArtifactContext,
  BudgetScope,
  CallStart,
  CallState,
  CallSum,
  Decision,
  JobEnd,
  JobRecord,
  JobRecords,
  LastTry,
  Ledger,
  ManagerStore,
  Refused,
  ResultCache,
  Spending,
  SpendingBasis,
  StoredArtifact,
  StoredGeneration,
} from '../store/interfaces.ts';
export { createImageManager } from './create-image-manager.ts';
export type { BreakerSettings } from './limits/circuit-breaker.ts';
export type { ProviderLimits } from './limits/concurrency-limiter.ts';
export { createLedger } from './limits/ledger.ts';
export { toBase64, toBlob, toDataUrl } from './outputs.ts';
export type { Preferences, Remembered, StyleMemory } from './prompt/style-memory.ts';
export { createStyleMemory } from './prompt/style-memory.ts';
export type { ManagerSettings } from './settings.ts';
export type { RoutingRule } from './steps/route.ts';
export type { ManagerStep, OnStep, StepEnd, StepFacts } from './tracing.ts';
export type {
  Attempt,
  BatchItem,
  BatchOptions,
  BatchResult,
  BudgetLimits,
  Candidate,
  Composed,
  ImageManager,
  ManagedGeneration,
  ManagerContext,
  ManagerEvent,
  ManagerPlan,
  ManagerRequest,
  Profile,
  ResumeOutcome,
  Session,
  Settlement,
  StylePreset,
} from './types.ts';
