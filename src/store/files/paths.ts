/** The files and folders in a store's directory. */
import { join } from 'node:path';

/** Holds everything except images and sidecars. Not meant to be edited. */
export const OWN_FOLDER = '.ai-image';

export interface Layout {
  readonly root: string;
  readonly ownFolder: string;
  /** Journal entries and files of operations in progress. */
  readonly incoming: string;
  readonly locks: string;
  readonly quarantine: string;
  readonly catalog: string;
  readonly ledger: string;
  /** Exists while the ledger is repaired. Until it is deleted, the ledger cannot be used. */
  readonly ledgerRepair: string;
  /** Identifies the bucket that holds the images; empty when they are in the directory. */
  readonly bucketId: string;
}

/** @param bucketId identifies the bucket that holds the images. Each bucket has its own catalog. */
export function createLayout(root: string, bucketId = ''): Layout {
  const ownFolder = join(root, OWN_FOLDER);
  return {
    root,
    ownFolder,
    incoming: join(ownFolder, 'incoming'),
    locks: join(ownFolder, 'locks'),
    quarantine: join(ownFolder, 'quarantine'),
    catalog: join(ownFolder, bucketId === '' ? 'catalog.db' : `catalog-${bucketId}.db`),
    ledger: join(ownFolder, 'money.db'),
    ledgerRepair: join(ownFolder, 'money.repair'),
    bucketId,
  };
}

export const PARTITIONS = {
  none: () => [],
  YYYY: (createdAt: string) => [createdAt.slice(0, 4)],
  'YYYY/MM': (createdAt: string) => [createdAt.slice(0, 4), createdAt.slice(5, 7)],
  'YYYY/MM/DD': (createdAt: string) => [createdAt.slice(0, 4), createdAt.slice(5, 7), createdAt.slice(8, 10)],
} as const satisfies Record<string, (createdAt: string) => readonly string[]>;

export type Partition = keyof typeof PARTITIONS;

export const isOwnFolder = (name: string): boolean => name === OWN_FOLDER;
