/** Finds saved images and reads their files. */

import { AiImageError, isAiImageError } from '../../providers/protocol/errors.ts';
import { readSidecar, type Sidecar, sidecarName } from '../artifacts/sidecar.ts';
import type { ArtifactLocation, ArtifactSummary } from '../catalog/artifact-rows.ts';
import type { CatalogEntries } from '../catalog/catalog.ts';
import { codeOf } from '../files/files.ts';
import { sha256 } from '../files/sha256.ts';
import { describeSystemError } from '../files/system-error.ts';
import type { StoreResources } from '../open/resources.ts';
import type { ArtifactStorage } from '../storage/artifact-storage.ts';

export interface FoundArtifact {
  readonly sidecar: Sidecar;
  readonly folder: readonly string[];
}

type IdLookup = Pick<CatalogEntries, 'find'>;

export interface ArtifactFinder {
  /** @throws AiImageError `invalid_request`: no image has this id */
  readonly locate: (id: string, entries: IdLookup) => Promise<ArtifactLocation & ArtifactSummary>;
  /** @throws AiImageError as `locate`; `storage_failed`: the sidecar cannot be read */
  readonly readSidecarOf: (id: string, entries: IdLookup) => Promise<FoundArtifact>;
  readonly find: (id: string) => Promise<FoundArtifact>;
  /** Reads the file, whatever its content is. */
  readonly readImage: (found: FoundArtifact) => Promise<Uint8Array>;
  /** Reads the file. @returns `undefined` when it is missing, unreadable or was changed */
  readonly readIfUnchanged: (found: Promise<FoundArtifact>) => Promise<Uint8Array<ArrayBuffer> | undefined>;
}

export function createArtifactFinder(
  { withCatalog }: Pick<StoreResources, 'withCatalog'>,
  storage: ArtifactStorage,
): ArtifactFinder {
  async function locate(id: string, { find }: IdLookup): Promise<ArtifactLocation & ArtifactSummary> {
    const found = await find(id);
    if (found) return found;
    throw new AiImageError('invalid_request', `the store has no image ${JSON.stringify(id.slice(0, 64))}`, {
      hint: 'List the images with store.search(). When files were added by hand, run store.reindex() first.',
    });
  }

  async function readSidecarOf(id: string, entries: IdLookup): Promise<FoundArtifact> {
    const { folder, file } = await locate(id, entries);
    const name = sidecarName(file);
    let cause: unknown;
    try {
      const reading = readSidecar(Buffer.from(await storage.read(folder, name)).toString());
      if (reading.kind === 'sidecar' && reading.sidecar.id === id) return { sidecar: reading.sidecar, folder };
    } catch (error) {
      if (isAiImageError(error)) throw error;
      cause = error;
    }
    throw new AiImageError('storage_failed', `the sidecar ${storage.pathOf(folder, name)} cannot be read`, {
      hint: 'The sidecar was not changed. Run store.verify(), which reports the damage, then restore the sidecar from a backup.',
      cause,
    });
  }

  /** Waits for a deletion in progress: it holds the catalog's lock, and its image is gone before its row is. */
  const locateAfterDeletions = (id: string) =>
    withCatalog(({ catalog }) => catalog.exclusive((entries) => locate(id, entries)));

  return {
    locate,
    readSidecarOf,
    find: (id) =>
      withCatalog(({ catalog }) => readSidecarOf(id, catalog)).catch(async (error: unknown) => {
        if (isAiImageError(error) && codeOf(error.cause ?? error) === 'ENOENT') await locateAfterDeletions(id);
        throw error;
      }),
    async readImage({ folder, sidecar: { id, file, bytes } }) {
      return storage.read(folder, file, bytes).catch(async (cause: unknown) => {
        if (isAiImageError(cause)) throw cause;
        if (codeOf(cause) === 'ENOENT') await locateAfterDeletions(id);
        throw new AiImageError(
          'storage_failed',
          `${storage.pathOf(folder, file)} cannot be read: ${describeSystemError(cause)}`,
          {
            hint: 'Check all files with store.verify().',
            cause,
          },
        );
      });
    },
    async readIfUnchanged(found) {
      try {
        const { sidecar, folder } = await found;
        const bytes = await storage.read(folder, sidecar.file, sidecar.bytes);
        return sha256(bytes) === sidecar.sha256 ? new Uint8Array(bytes) : undefined;
      } catch {
        return undefined; // for the caller, an unreadable file is the same as a missing one
      }
    },
  };
}
