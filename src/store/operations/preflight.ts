/** Checks that images can be saved, before a provider is called. */
import { knownFolders } from '../artifacts/file-naming.ts';
import { checkWritable } from '../files/folders.ts';
import { type Layout, OWN_FOLDER } from '../files/paths.ts';
import type { StoreResources } from '../open/resources.ts';
import type { ArtifactStorage } from '../storage/artifact-storage.ts';
import type { ResolvedStoreSettings } from '../store-settings.ts';

/** Also finishes interrupted operations. @throws AiImageError `storage_failed`, or `not_configured` if a setting is wrong */
export async function preflight(
  { bucket, files, naming, partitionOf, now }: ResolvedStoreSettings,
  layout: Layout,
  storage: ArtifactStorage,
  { openedStore, withCatalog, ledgerDatabase }: StoreResources,
): Promise<void> {
  const { context, processLock } = await openedStore();
  await storage.preflight();
  await withCatalog(async () => undefined);
  await (await ledgerDatabase()).all('SELECT 1 AS one');
  // Images are saved in a folder of the current date, which is created when needed; with a bucket, only `incoming` is used.
  const createdAt = new Date(now()).toISOString();
  const imageFolder = bucket === undefined ? [...partitionOf(createdAt), ...knownFolders(naming, createdAt)] : [];
  for (const folder of [[OWN_FOLDER, 'incoming'], [OWN_FOLDER, 'quarantine'], imageFolder]) {
    await checkWritable(files, context.folders, layout.root, folder);
  }
  if (!storage.hasUnfinished()) return;
  await withCatalog(({ catalog }) => storage.recover(context, processLock, catalog));
}
