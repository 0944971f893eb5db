/** Changes and deletes saved images. */
import type { Sidecar } from '../artifacts/sidecar.ts';
import { forgetPrompt } from '../ledger/forget-prompt.ts';
import type { StoreResources } from '../open/resources.ts';
import type { ArtifactStorage } from '../storage/artifact-storage.ts';
import type { ArtifactFinder, FoundArtifact } from './find-artifacts.ts';

export interface ArtifactChanger {
  readonly change: (id: string, update: (sidecar: Sidecar) => Sidecar) => Promise<FoundArtifact>;
  readonly remove: (id: string) => Promise<void>;
}

export function createArtifactChanger(
  storage: ArtifactStorage,
  { openedStore, withCatalog, ledgerDatabase }: StoreResources,
  { readSidecarOf }: ArtifactFinder,
): ArtifactChanger {
  return {
    async change(id, update) {
      const { context } = await openedStore();
      return withCatalog(async ({ catalog }) => {
        // Read and written in one transaction, so that no other process changes or deletes the sidecar in between.
        const { changed, finish } = await catalog.exclusive(async (entries) => {
          const { sidecar, folder } = await readSidecarOf(id, entries);
          const updated = update(sidecar);
          const removeEntry = await storage.change(context, updated, folder);
          await entries.put(updated, folder);
          return { changed: { sidecar: updated, folder }, finish: removeEntry };
        });
        await finish();
        return changed;
      });
    },
    async remove(id) {
      const { context } = await openedStore();
      await withCatalog(async ({ catalog }) => {
        await catalog.linkOldResults();
        // First, so that a crash leaves no prompt of a deleted image.
        const { sidecar: known } = await readSidecarOf(id, catalog);
        await forgetPrompt(await ledgerDatabase(), known);
        const finish = await catalog.exclusive(async (entries) => {
          const { sidecar, folder } = await readSidecarOf(id, entries);
          const removeEntry = await storage.remove(context, sidecar, folder);
          await entries.remove(id);
          return removeEntry;
        });
        await finish();
      });
    },
  };
}
