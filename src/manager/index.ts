/** Budgets, policies, routing, fallback and jobs on top of the providers. */
export type { BreakerSettings } from './breaker.ts';
export { createImageManager } from './create-image-manager.ts';
export type { JobRecords } from './jobs.ts';
export type { Ledger, Refused, Scope } from './ledger.ts';
export { createLedger } from './ledger.ts';
export type { RoutingRule } from './route.ts';
export type { ManagerSettings } from './settings.ts';
export type {
  Attempt,
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
