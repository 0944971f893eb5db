/** The interface of a store. */
import type { Provenance, VerifyParams } from '../provenance/index.ts';
import type { Sidecar } from './artifacts/sidecar.ts';
import type { ArtifactQuery } from './catalog/artifact-query.ts';
import type { ArtifactSummary } from './catalog/artifact-rows.ts';
import type { Lineage } from './catalog/lineage.ts';
import type { LoadedCall, ManagerStore } from './interfaces/manager-store.ts';
import type { UsageOptions, UsageRow } from './ledger/usage.ts';
import type { Verified } from './maintenance/verify.ts';
import type { ReindexResult } from './open/rebuild-catalog.ts';

/** A saved image: its sidecar, and where its file is. */
export interface Artifact extends Sidecar {
  /** The path of the image file, or its address when it is not in a directory. */
  readonly path: string;
}

export interface Store extends ManagerStore {
  /** The absolute path of the store's directory. */
  readonly directory: string;
  /** Returns an image's sidecar and path. @throws AiImageError `invalid_request`: no image has this id; `storage_failed`: its sidecar cannot be read */
  get(id: string): Promise<Artifact>;
  /** Reads the image file. @throws AiImageError as `get`; `storage_failed`: the file was changed since it was saved, or cannot be read */
  open(id: string): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Saves an image that no provider made, for example a photo that requests start from. The file has exactly these bytes, without a mark.
   * Saving the same bytes again returns the image that is there. Costs nothing, and nothing is added to the ledger.
   * @param bytes a complete image file
   * @throws AiImageError `invalid_request`: it is no complete image of a known format; `too_large`: it has over 64 MiB or 100 megapixels;
   *   `storage_failed`
   */
  import(bytes: Uint8Array): Promise<Artifact>;
  /**
   * Reads the stored images of a call, to return them again.
   * @param call the call id: see `callId` of the manager @param artifacts ids of further images
   * @returns `undefined`: none of its images is as it was saved @throws AiImageError `storage_failed`: an image cannot be read
   */
  loadCall(call: string, artifacts: readonly string[]): Promise<LoadedCall | undefined>;
  /** Returns the matching images, latest first. */
  search(query?: ArtifactQuery): Promise<readonly ArtifactSummary[]>;
  /**
   * Deletes the image permanently, with its cached results and its prompt in the records of ended jobs. Images made from it remain.
   * @throws AiImageError as `get`; `storage_failed`: it cannot be deleted, or the records cannot be read
   */
  delete(id: string): Promise<void>;
  /** Chooses the image: `search({ kept: true })` finds it. Recorded in its sidecar. */
  keep(id: string): Promise<Artifact>;
  /** Rejects the image, and does not delete it. Recorded in its sidecar. */
  reject(id: string): Promise<Artifact>;
  /** Undoes `keep` or `reject`. */
  clearSelection(id: string): Promise<Artifact>;
  /** Replaces the tags of the image. */
  tag(id: string, tags: readonly string[]): Promise<Artifact>;
  /** Returns the images that this image was made from, and the images made from it. */
  lineage(id: string): Promise<Lineage>;
  /** Reads the origin of the image from its file, its mark and its sidecar, as data and as sentences. */
  provenance(id: string, params?: VerifyParams): Promise<Provenance>;
  /** Checks files against their sidecars, and inflates the pixel data of PNG files. Read-only. @param id @default all images */
  verify(id?: string): Promise<Verified>;
  /** Rebuilds the index from the sidecars. Binds a shared index of another directory to this one. */
  reindex(): Promise<ReindexResult>;
  /**
   * Rebuilds the ledger from the sidecars; the old file is renamed. A ledger in a database keeps its entries, because they include the
   * spending of other machines: entries that only the sidecars know are added, and the sums are computed again. The ids of added entries
   * begin with `repair-`.
   * @returns the number of entries written, the path of the old file, and the tables in it that could not be copied completely; a ledger in
   * a database has neither
   */
  repairLedger(): Promise<{ readonly spendings: number; readonly lost?: readonly string[]; readonly old?: string }>;
  /** Returns the spending per day, provider and model, and per project if asked. @param since a date or time, ISO 8601 @default the beginning */
  usage(since?: string, options?: UsageOptions): Promise<readonly UsageRow[]>;
  /** Waits for running calls, then closes files and connections. */
  close(): Promise<void>;
}
