/** Where things are in a store's directory. */
import { join } from 'node:path';

/** All that is not pictures: private, and not for anyone to edit. */
export const OWN_FOLDER = '.ai-image';

export interface Layout {
  readonly root: string;
  readonly own: string;
  /** Files on their way to their names, and what is to be done with them. */
  readonly incoming: string;
  readonly locks: string;
  readonly quarantine: string;
  readonly catalog: string;
  readonly money: string;
  /** Stands there while the ledger is made again: until then there is none. */
  readonly repair: string;
  /** Names the other place where the pictures are. */
  readonly elsewhere: string;
}

/** @param elsewhere names another place than the directory for pictures: it has a catalog of its own */
export function layoutOf(root: string, elsewhere = ''): Layout {
  const own = join(root, OWN_FOLDER);
  return {
    root,
    own,
    incoming: join(own, 'incoming'),
    locks: join(own, 'locks'),
    quarantine: join(own, 'quarantine'),
    catalog: join(own, elsewhere === '' ? 'catalog.db' : `catalog-${elsewhere}.db`),
    money: join(own, 'money.db'),
    repair: join(own, 'money.repair'),
    elsewhere,
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
