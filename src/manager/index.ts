/** The manager: composes prompts, chooses providers, and handles budgets, policies, fallback and jobs. Any app may import it. */

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
export type { BatchItem, BatchOptions, BatchResult } from './interface/batch.ts';
export type { Attempt, ManagedGeneration, ManagerContext, ManagerEvent } from './interface/generation.ts';
export type { ImageManager, ResumeOutcome, Settlement } from './interface/image-manager.ts';
export type { BreakerSettings, ProviderLimits, RoutingRule } from './interface/limits.ts';
export type { Candidate, Composed, ManagerPlan } from './interface/plan.ts';
export type {
  BudgetLimits,
  Preferences,
  Profile,
  Remembered,
  StyleMemory,
  StylePreset,
} from './interface/profile.ts';
export type { ManagerRequest, Session } from './interface/request.ts';
export { createLedger } from './limits/ledger.ts';
export { toBase64, toBlob, toDataUrl } from './outputs.ts';
export { createStyleMemory } from './prompt/style-memory.ts';
export type { ManagerSettings } from './settings.ts';
export type { ManagerStep, OnStep, StepEnd, StepFacts, StepStart } from './tracing.ts';
