/** What the manager needs of a store: save images, reuse results, record spending and jobs. */
import type { AppliedSettings, ImageGeneration } from '../../providers/protocol/index.ts';
import type { JobRecords } from './job-records.ts';
import type { Ledger } from './ledger.ts';

/** What is saved with an image. Plain JSON, in which each input image is replaced by its SHA-256. */
export interface ArtifactContext {
  /** The provider's name in the settings. */
  readonly provider: string;
  /** What the caller asked for. */
  readonly request: Readonly<Record<string, unknown>>;
  /** The settings that were sent to the vendor. */
  readonly applied: AppliedSettings;
  /** Ids of the images it was made from. */
  readonly parents: readonly string[];
  /** The call id. */
  readonly call?: string;
}

/** A saved image. */
export interface StoredArtifact {
  /** The id of the image. */
  readonly id: string;
  /** The path of its file, or its address when it is not in a directory. */
  readonly path: string;
  /** Why the file is not synced to disk. Absent when it is. A power failure could lose an unsynced file. */
  readonly unsynced?: string;
}

export interface StoredGeneration extends ImageGeneration {
  /** The saved files, in the order of `images`. Empty without a store. Lists every saved image, whether or not it is marked with `Store.keep`. */
  readonly saved: readonly StoredArtifact[];
}

/** The stored images of an ended call. */
export interface LoadedCall {
  /** The images and how they were made. `warnings` is empty: `notes` has them as sentences. */
  readonly generation: StoredGeneration;
  /** The warnings of the call, and how many of its images are missing. */
  readonly notes: readonly string[];
}

/** Finished results by request key (contract S3). */
export interface ResultCache {
  /** Returns the result stored under the key. @returns the result when all its images are still as they were saved */
  get(key: string): Promise<StoredGeneration | undefined>;
  /** Stores a result under the key. */
  put(key: string, generation: StoredGeneration): Promise<void>;
}

export interface ManagerStore {
  /** Records spending. */
  readonly ledger: Ledger;
  /** Records calls and jobs. */
  readonly jobs: JobRecords;
  /** Results of named sessions. */
  readonly cache: ResultCache;
  /** Checks that images can be saved. Called before a request that costs money. @throws AiImageError `storage_failed`, or `not_configured` if a setting is wrong */
  preflight(): Promise<void>;
  /**
   * Saves every image of a result, in order. The same image of the same job is saved once. When one cannot be saved, the others are.
   * @throws AiImageError `storage_failed`, or `internal` if a provider returned an invalid value: an image could not be saved; its `quarantine` has the bytes of those that were not
   */
  save(generation: ImageGeneration, context: ArtifactContext): Promise<readonly StoredArtifact[]>;
  /**
   * Reads the stored images of a call. A manager calls it when a call id is used again. Without this method, the images of an ended call
   * cannot be returned again.
   * @param call the call id: images whose sidecar names it are found, also when their process died before it recorded them
   * @param artifacts ids of further images
   * @returns `undefined`: none of its images is as it was saved
   */
  loadCall?(call: string, artifacts: readonly string[]): Promise<LoadedCall | undefined>;
  /** Saves received bytes that may have been charged and are not a usable image. @returns the path of their file */
  quarantine(bytes: Uint8Array, why: string): Promise<string>;
}
