/** Budgets, policies, routing, fallback and jobs on top of the providers. */
export type { ProviderLimits } from './admission.ts';
export type { BreakerSettings } from './breaker.ts';
export { createImageManager } from './create-image-manager.ts';
export type { JobRecords } from './jobs.ts';
export type { Ledger, Refused, Scope } from './ledger.ts';
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
  JobRecord,
  ManagedGeneration,
  ManagerContext,
  ManagerEvent,
  ManagerPlan,
  ManagerRequest,
  Profile,
  Session,
  StylePreset,
} from './types.ts';
