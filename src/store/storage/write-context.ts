/** What every write to a store needs. */
import type { Sidecar } from '../artifacts/sidecar.ts';
import type { FileOperations } from '../files/files.ts';
import type { Folders, OpenFolder } from '../files/folders.ts';

export interface WriteContext {
  readonly files: FileOperations;
  readonly folders: Folders;
  /** The folder of the journal. */
  readonly incoming: OpenFolder;
  /** Identifies this opened store. */
  readonly owner: string;
  /** File names reserved by saves in progress, so that concurrent saves do not race for one name. */
  readonly reservedNames: Set<string>;
}

export interface AddedArtifact {
  readonly sidecar: Sidecar;
  /** Why the image file is not synced to disk. Its bytes are written all the same. */
  readonly unsynced?: Error | undefined;
  /** Deletes the journal entry. Call it last. */
  readonly finish: () => Promise<void>;
}

/** The mode of journal entries and sidecars. */
export const PRIVATE_MODE = 0o600;
/** The mode of image files: other users can read them where the folders allow it. Only the owner can change them. */
export const IMAGE_MODE = 0o644;
