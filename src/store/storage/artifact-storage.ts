/** The interface of the storage for images and sidecars: the store's directory, or a bucket. All other files are in the directory either way. */
import type { Sidecar } from '../artifacts/sidecar.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { ProcessLock } from '../locks/process-lock.ts';
import type { AddedArtifact, WriteContext } from './write-context.ts';

/** The files of one folder. */
export interface FolderListing {
  readonly folder: readonly string[];
  readonly images: readonly string[];
  /** Names that end in `.json`. */
  readonly sidecars: readonly string[];
  /** Why the folder cannot be read. Absent when it can. */
  readonly unreadable?: string;
}

/** The operations that only read. */
export interface ArtifactReader {
  /** Returns what is shown to a person: the path of a file, or the address of an object. */
  readonly pathOf: (folder: readonly string[], name?: string) => string;
  /**
   * @param maxBytes how much is needed; of a longer file at most one byte more is read. @default the whole file
   * @throws NodeJS.ErrnoException this file cannot be read, `ENOENT` when it does not exist; AiImageError no file can be read at the moment
   */
  readonly read: (folder: readonly string[], name: string, maxBytes?: number) => Promise<Uint8Array>;
  /** Whether `walk` shows every file that was written before. The listing of a bucket may be older than its objects. */
  readonly isListingCurrent: boolean;
  /** Yields all folders that contain images or sidecars. */
  readonly walk: () => AsyncIterable<FolderListing>;
}

export interface ArtifactStorage extends ArtifactReader {
  /** Adds an image and its sidecar, or neither. Never overwrites. @param name without an extension */
  readonly add: (
    context: WriteContext,
    bytes: Uint8Array,
    described: Omit<Sidecar, 'file'>,
    folder: readonly string[],
    name: string,
  ) => Promise<AddedArtifact>;
  /** Replaces a sidecar. @returns deletes the journal entry. Call it when the catalog is updated */
  readonly change: (context: WriteContext, sidecar: Sidecar, folder: readonly string[]) => Promise<() => Promise<void>>;
  /** Deletes an image and its sidecar. @returns deletes the journal entry. Call it when the catalog is updated */
  readonly remove: (context: WriteContext, sidecar: Sidecar, folder: readonly string[]) => Promise<() => Promise<void>>;
  /** Finishes or rolls back interrupted operations, and updates the catalog. */
  readonly recover: (context: WriteContext, processLock: ProcessLock, catalog: Catalog) => Promise<void>;
  /** Checks whether operations are unfinished that `recover` could finish now. */
  readonly hasUnfinished: () => boolean;
  /** Checks that images can be saved. @throws AiImageError `storage_failed`, or `not_configured` if a setting is wrong */
  readonly preflight: () => Promise<void>;
  /** Aborts requests in progress. The next process that opens the store finishes their operations. */
  readonly close: () => void;
}
