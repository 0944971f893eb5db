/** Settings that the processes of a kill run share. */
import type { StoreSettings } from '../../../src/store/index.ts';

export const PRICE_USD = 0.01;
/** Short, so that the work of a killed worker is taken over soon. */
export const LEASE_MS = 3_000;

export const databaseOfRun = (url: string | undefined, schema: string): Pick<StoreSettings, 'database'> =>
  url === undefined ? {} : { database: { url, schema, leaseMs: LEASE_MS } };
