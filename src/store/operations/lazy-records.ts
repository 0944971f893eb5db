/** Ledger, job records and result cache that open their database on each call, so that creating a store touches no file. */
import type { JobRecords } from '../interfaces/job-records.ts';
import type { Ledger } from '../interfaces/ledger.ts';
import type { ResultCache } from '../interfaces/manager-store.ts';

export const createLazyLedger = (open: () => Promise<Ledger>): Ledger => ({
  now: async () => (await open()).now?.(),
  reserve: async (...params) => (await open()).reserve(...params),
  releaseLost: async (call) => (await open()).releaseLost?.(call),
  raiseReservation: async (...params) => (await open()).raiseReservation(...params),
  recordCost: async (...params) => (await open()).recordCost(...params),
  release: async (...params) => (await open()).release(...params),
  split: async (...params) => (await open()).split(...params),
  taken: async (scope) => (await open()).taken(scope),
});

export const createLazyJobRecords = (open: () => Promise<JobRecords>): JobRecords => ({
  begin: async (call) => (await open()).begin(call),
  submitted: async (...params) => (await open()).submitted(...params),
  end: async (...params) => (await open()).end(...params),
  endJob: async (...params) => (await open()).endJob(...params),
  leaveOpen: async (...params) => (await open()).leaveOpen(...params),
  settle: async (...params) => (await open()).settle(...params),
  claim: async (id) => (await open()).claim(id),
  find: async (id) => (await open()).find(id),
  findCall: async (call) => (await open()).findCall(call),
  list: async () => (await open()).list(),
});

export const createLazyResultCache = (
  withCache: <T>(work: (cache: ResultCache) => Promise<T>) => Promise<T>,
): ResultCache => ({
  get: (key) => withCache((cache) => cache.get(key)),
  put: (key, generation) => withCache((cache) => cache.put(key, generation)),
});
