/** The interfaces through which the manager uses a store. `createStore` implements them on disk; the manager has its own in memory. */
export type {
  CallEnd,
  CallStart,
  CallState,
  CallSum,
  JobEnd,
  JobRecord,
  JobRecords,
  LastAttempt,
  Settlement,
} from './interfaces/job-records.ts';
export type { BudgetScope, ExpectedCost, Ledger, Refused, SpendingBasis } from './interfaces/ledger.ts';
export type {
  ArtifactContext,
  LoadedCall,
  ManagerStore,
  ResultCache,
  StoredArtifact,
  StoredGeneration,
} from './interfaces/manager-store.ts';
