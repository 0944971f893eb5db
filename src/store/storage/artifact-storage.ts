/** Where pictures and sidecars stand: in the store's directory, or in a bucket. All else of a store is in its directory either way. */

import type { Sidecar } from '../artifacts/sidecar.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { ProcessLock } from '../locks/process-lock.ts';
import type { Added, WriteContext } from './artifact-writer.ts';

export interface Folder {
  readonly folder: readonly string[];
  readonly pictures: readonly string[];
  /** Names that end in `.json`. */
  readonly sidecars: readonly string[];
  /** Why nobody can say what is in it. */
  readonly unreadable?: string;
}

/** What reads alone need. Whoever looks for nothing but one file, hears `ENOENT` where there is none. */
export interface ArtifactReader {
  /** How a person names it: the path of a file, the address of an object. */
  readonly pathOf: (folder: readonly string[], name?: string) => string;
  /**
   * @param most bytes that are wanted; of a longer one no more than one byte beyond them has to come. @default all
   * @throws NodeJS.ErrnoException of this file; AiImageError where nothing at all can be read now
   */
  readonly read: (folder: readonly string[], name: string, most?: number) => Promise<Uint8Array>;
  /** Everything on it, by folders. */
  readonly walk: () => AsyncIterable<Folder>;
}

export interface ArtifactStorage extends ArtifactReader {
  /** Whole or not at all, and never over another one. @param name without an extension */
  readonly add: (
    place: WriteContext,
    bytes: Uint8Array,
    described: Omit<Sidecar, 'file'>,
    folder: readonly string[],
    name: string,
  ) => Promise<Added>;
  /** @returns takes the note away, once the catalog knows of it */
  readonly change: (place: WriteContext, sidecar: Sidecar, folder: readonly string[]) => Promise<() => Promise<void>>;
  /** @returns takes the note away, once the catalog has forgotten it too */
  readonly remove: (place: WriteContext, sidecar: Sidecar, folder: readonly string[]) => Promise<() => Promise<void>>;
  /** Brings to its end what was left under way, and tells the catalog. */
  readonly recover: (place: WriteContext, presence: ProcessLock, catalog: Catalog) => Promise<void>;
  /** What is still to be done, now that it may be possible. */
  readonly hasWaiting: () => boolean;
  /** Whether it can be written to. @throws AiImageError `not_configured` */
  readonly preflight: () => Promise<void>;
  /** Ends what is under way: it is gone on with by whoever opens the store later. */
  readonly close: () => void;
}
