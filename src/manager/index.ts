/** Budgets, policies, routing, fallback and jobs on top of the providers. */

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
} from '../store/ports.ts';
export type { ProviderLimits } from './admission.ts';
export type { BreakerSettings } from './breaker.ts';
export { createImageManager } from './create-image-manager.ts';
export { createLedger } from './ledger.ts';
export type { Preferences, Remembered, StyleMemory } from './memory.ts';
export { createStyleMemory } from './memory.ts';
export { toBase64, toBlob, toDataUrl } from './outputs.ts';
export type { RoutingRule } from './route.ts';
export type { ManagerSettings } from './settings.ts';
export type { OnStep, Step, StepEnd, StepFacts } from './steps.ts';
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
