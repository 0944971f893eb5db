/** The manager: composes prompts, chooses providers, and handles budgets, policies, fallback and jobs. Any app may import it. */

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
} from '../store/interfaces.ts';
export { createImageManager } from './create-image-manager.ts';
export type { BatchItem, BatchOptions, BatchResult } from './interfaces/batch.ts';
export type { CallRecord } from './interfaces/call-record.ts';
export type { Attempt, ManagedGeneration, ManagerContext, ManagerEvent } from './interfaces/generation.ts';
export type { ImageManager, ResumeOutcome, SettleParams } from './interfaces/image-manager.ts';
export type { BreakerSettings, ProviderLimits, RoutingRule } from './interfaces/limits.ts';
export type { Candidate, Composed, ManagerPlan } from './interfaces/plan.ts';
export type {
  BudgetLimits,
  Preferences,
  Profile,
  Remembered,
  StyleMemory,
  StylePreset,
} from './interfaces/profile.ts';
export type { ManagerRequest, Session } from './interfaces/request.ts';
export { createLedger } from './limits/ledger.ts';
export { toBase64, toBlob, toDataUrl } from './outputs.ts';
export { createStyleMemory } from './prompt/style-memory.ts';
export type { ManagerSettings } from './settings.ts';
export type { ManagerStep, OnStep, StepEnd, StepFacts, StepStart } from './tracing.ts';
