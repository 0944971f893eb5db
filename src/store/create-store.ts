/** A directory of pictures that were paid for: kept, findable, provable. */
import { join, resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { describeProvenance, type Provenance, type VerifyParams } from '../provenance/index.ts';
import { AiImageError, isAiImageError } from '../providers/protocol/errors.ts';
import type { GeneratedImage, ImageGeneration } from '../providers/protocol/index.ts';
import { describeArtifact, sha256 } from './artifacts/describe-artifact.ts';
import { embedMark, MARKS, type MarkSettings } from './artifacts/embed-mark.ts';
import { DEFAULT_NAMING, knownFolders, readNaming } from './artifacts/file-naming.ts';
import { readSidecar, type Selection, type Sidecar, sidecarName } from './artifacts/sidecar.ts';
import {
  type ArtifactLocation,
  type ArtifactQuery,
  type ArtifactSummary,
  type CatalogEntries,
  jobImage,
  toTime,
} from './catalog/catalog.ts';
import { type Lineage, lineageOf } from './catalog/lineage.ts';
import { codeOf, FILES, type FileOperations, retryingFiles } from './files/files.ts';
import { checkWay } from './files/folders.ts';
import { layoutOf, OWN_FOLDER, PARTITIONS, type Partition } from './files/paths.ts';
import type { ArtifactContext, ManagerStore, ResultCache, StoredArtifact } from './interfaces.ts';
import { createPersistentLedger, type UsageRow, usageSince } from './ledger/ledger.ts';
import { createPersistentResultCache } from './ledger/result-cache.ts';
import { createGate, createQueues } from './locks/concurrency.ts';
import { repairLedger } from './maintenance/repair-ledger.ts';
import { repairSharedLedger } from './maintenance/repair-postgres-ledger.ts';
import { type Verified, verifyAll } from './maintenance/verify.ts';
import { type RebuiltCatalog, rebuildCatalog } from './open/rebuild-catalog.ts';
import { createResources } from './open/resources.ts';
import { type DatabaseSettings, readDatabaseSettings } from './sql/postgres/settings.ts';
import { createDirectoryStorage } from './storage/directory-storage.ts';
import { quarantineBytes } from './storage/quarantine.ts';
import { isPostponed } from './storage/s3/postponed.ts';
import { createS3Storage } from './storage/s3/s3-storage.ts';
import { readS3Settings, type S3Settings } from './storage/s3/settings.ts';

export interface StoreSettings extends MarkSettings {
  /** Made where it is not there. */
  readonly directory: string;
  /** @default '{date}-{prompt:40}-{id:8}' */
  readonly naming?: string;
  /** Folders by the day a picture came. @default 'YYYY/MM' */
  readonly partition?: Partition;
  /** Whether prompts are written down, or their hash and length alone. @default 'text' */
  readonly prompts?: 'text' | 'hash';
  /**
   * PostgreSQL for index, ledger and jobs, so that many machines share them. Pictures and sidecars stay in the directory.
   * @default files in the directory
   */
  readonly database?: DatabaseSettings | undefined;
  /**
   * Pictures and sidecars in a bucket. Index, ledger and job records stay in the directory, and so does what is on its way to the bucket.
   * Needs `aws4fetch`. @default in the directory
   */
  readonly s3?: S3Settings | undefined;
  /** For tests. @default the platform's */
  readonly files?: FileOperations;
  readonly now?: () => number;
}

/** Everything that is known of a kept picture. */
export interface Artifact extends Sidecar {
  readonly path: string;
}

export interface Store extends ManagerStore {
  readonly directory: string;
  /** @throws AiImageError `invalid_request`: there is none; `internal`: its sidecar cannot be read */
  get(id: string): Promise<Artifact>;
  /** Its bytes. @throws AiImageError as `get`; `internal`: they are not what was kept */
  open(id: string): Promise<Uint8Array>;
  /** The latest first. */
  search(query?: ArtifactQuery): Promise<readonly ArtifactSummary[]>;
  /** For good. What was made of it stays. */
  delete(id: string): Promise<void>;
  /** A person's choice, written into the sidecar. */
  keep(id: string): Promise<Artifact>;
  reject(id: string): Promise<Artifact>;
  unmark(id: string): Promise<Artifact>;
  /** In the place of those it has. */
  tag(id: string, tags: readonly string[]): Promise<Artifact>;
  /** What it was made of and what was made of it. */
  lineage(id: string): Promise<Lineage>;
  /** What its file, its mark and its sidecar say about where it comes from, as data and in words. */
  provenance(id: string, params?: VerifyParams): Promise<Provenance>;
  /** Checks every file against its sidecar and inflates the pixel data of PNG files. Changes nothing. @param id @default all */
  verify(id?: string): Promise<Verified>;
  /** Makes the catalog again from the sidecars. One in a database that was of another directory is that of this one then. */
  reindex(): Promise<RebuiltCatalog>;
  /**
   * Makes a new ledger from what the sidecars say; the old one is put aside. One in a database keeps what it has, since others' spending
   * is in it too: what the sidecars know and it does not is added, and the sums are made again.
   * @returns how many spendings were written down, and where the old ones are
   */
  repairLedger(): Promise<{ readonly spendings: number; readonly old: string }>;
  /** @param since @default the beginning */
  usage(since?: string): Promise<readonly UsageRow[]>;
  close(): Promise<void>;
}

/**
 * Makes a store. Touches nothing before the first call.
 * @throws AiImageError `not_configured`: a setting is wrong
 */
export function createStore(settings: StoreSettings): Store {
  const { directory, naming = DEFAULT_NAMING, partition = 'YYYY/MM', prompts = 'text', now = Date.now } = settings;
  if (typeof directory !== 'string' || directory.trim() === '') throw wrong('a store needs a directory');
  if (!Object.hasOwn(PARTITIONS, partition)) throw wrong(`partition is one of ${Object.keys(PARTITIONS).join(', ')}`);
  if (!MARKS.includes(settings.marks ?? 'image')) throw wrong(`marks is one of ${MARKS.join(', ')}`);
  if (prompts !== 'text' && prompts !== 'hash') throw wrong("prompts is 'text' or 'hash'");
  if (prompts === 'hash' && settings.marksPrompt)
    throw wrong("marksPrompt needs prompts: 'text', or pictures would tell them");
  const nameOf = readNaming(naming);
  const bucket = settings.s3 === undefined ? undefined : readS3Settings(settings.s3);
  const layout = layoutOf(resolve(directory), bucket?.mark);
  const files = retryingFiles(settings.files ?? FILES);
  const shared = settings.database === undefined ? undefined : readDatabaseSettings(settings.database);
  const shelf = bucket === undefined ? createDirectoryStorage(files, layout.root) : createS3Storage(bucket, layout);
  const rooms = createResources(layout, files, shelf, shared);
  const { opened, money, inCatalog } = rooms;
  const inTurn = createQueues();
  const atOnce = createGate(SAVES_AT_ONCE);

  async function locate(
    id: string,
    { find }: Pick<CatalogEntries, 'find'>,
  ): Promise<ArtifactLocation & ArtifactSummary> {
    const found = await find(id);
    if (found) return found;
    throw new AiImageError('invalid_request', `there is no picture ${JSON.stringify(id.slice(0, 64))} in the store`, {
      hint: 'store.search() lists what there is; store.reindex() reads the directory again.',
    });
  }

  async function sidecarOf(id: string, entries: Pick<CatalogEntries, 'find'>): Promise<Found> {
    const { folder, file } = await locate(id, entries);
    const name = sidecarName(file);
    let cause: unknown;
    try {
      const reading = readSidecar(Buffer.from(await shelf.read(folder, name)).toString());
      if (reading.kind === 'sidecar' && reading.sidecar.id === id) return { sidecar: reading.sidecar, folder };
    } catch (error) {
      if (isAiImageError(error)) throw error;
      cause = error;
    }
    throw new AiImageError('internal', `the sidecar ${shelf.pathOf(folder, name)} cannot be read`, {
      hint: 'store.verify() says what is wrong; it is left as it is.',
      cause,
    });
  }

  /** What is missing may be about to be deleted: whoever deletes it is waited for. */
  const insist = (id: string) => inCatalog(({ catalog }) => catalog.alone((entries) => locate(id, entries)));

  const find = (id: string): Promise<Found> =>
    inCatalog(({ catalog }) => sidecarOf(id, catalog)).catch(async (error: unknown) => {
      if (isAiImageError(error) && codeOf(error.cause ?? error) === 'ENOENT') await insist(id);
      throw error;
    });

  const toArtifact = ({ sidecar, folder }: Found): Artifact => ({
    ...sidecar,
    path: shelf.pathOf(folder, sidecar.file),
  });

  async function change(id: string, how: (sidecar: Sidecar) => Sidecar): Promise<Artifact> {
    const { place } = await opened();
    return inCatalog(async ({ catalog }) => {
      // Read and written while nobody else, here or in another process, changes or deletes it.
      const { artifact, done } = await catalog.alone(async (entries) => {
        const { sidecar, folder } = await sidecarOf(id, entries);
        const changed = how(sidecar);
        const written = await shelf.change(place, changed, folder);
        await entries.put(changed, folder);
        return { artifact: toArtifact({ sidecar: changed, folder }), done: written };
      });
      await done();
      return artifact;
    });
  }

  const select = (id: string, selection: Selection | undefined) =>
    change(id, ({ selection: _, ...sidecar }) => ({ ...sidecar, ...(selection && { selection }) }));

  async function readPicture(found: Found): Promise<Uint8Array> {
    const { path, id, file, bytes } = toArtifact(found);
    return shelf.read(found.folder, file, bytes).catch(async (cause: unknown) => {
      if (isAiImageError(cause)) throw cause;
      if (codeOf(cause) === 'ENOENT') await insist(id);
      throw new AiImageError('internal', `${path} cannot be read: ${codeOf(cause)}`, {
        hint: 'store.verify() looks at every file.',
        cause,
      });
    });
  }

  /** @returns `undefined` where it is gone or not what was kept */
  async function readWhole(found: Promise<Found>): Promise<Uint8Array | undefined> {
    try {
      const { sidecar, folder } = await found;
      const bytes = await shelf.read(folder, sidecar.file, sidecar.bytes);
      return sha256(bytes) === sidecar.sha256 ? new Uint8Array(bytes) : undefined;
    } catch {
      return undefined; // gone, or not to be read: the same to whoever asks
    }
  }

  /** The same picture that was kept before, if it is still what was kept. */
  async function keptBefore(
    described: Omit<Sidecar, 'file'>,
    entries: CatalogReader,
  ): Promise<StoredArtifact | undefined> {
    const known = (await entries.findOfJob(described)) ?? (await entries.find(described.id));
    if (known === undefined) return undefined;
    const found = sidecarOf(known.id, entries);
    if ((await readWhole(found)) === undefined) return undefined;
    const { sidecar } = await found;
    if (sidecar.receivedSha256 === described.receivedSha256) return { id: known.id, path: known.path };
    throw new AiImageError('invalid_request', `the store has another picture with the id ${known.id}`, {
      hint: 'Ids are of 96 random bits or more; two that are the same are one picture.',
    });
  }

  async function saveOne(described: Omit<Sidecar, 'file'>, bytes: Uint8Array, prompt: string): Promise<StoredArtifact> {
    const { place } = await opened();
    const before = await inCatalog(({ catalog }) => keptBefore(described, catalog));
    if (before) return before;
    const parts = nameOf({ ...described, prompt });
    const folder = [...PARTITIONS[partition](described.createdAt), ...parts.slice(0, -1)];
    const { sidecar, unsynced, done } = await shelf.add(place, bytes, described, folder, parts.at(-1) ?? 'image');
    const other = await inCatalog(({ catalog }) =>
      catalog.alone(async (entries) => {
        // Another process may have kept it meanwhile.
        const kept = await keptBefore(described, entries);
        if (kept && kept.id !== sidecar.id) return kept;
        await entries.put(sidecar, folder);
        return undefined;
      }),
    );
    if (other) await (await shelf.remove(place, sidecar, folder))();
    // The artifact is in place and in the index: a journal entry that stays is finished by the next opening of the store.
    await done().catch(() => undefined);
    if (other) return other;
    const { path } = toArtifact({ sidecar, folder });
    return { id: sidecar.id, path, ...(unsynced && { unsynced: whyOf(unsynced) }) };
  }

  async function keep(
    image: GeneratedImage,
    index: number,
    generation: ImageGeneration,
    circumstances: ArtifactContext,
  ): Promise<StoredArtifact> {
    try {
      const createdAt = new Date(now()).toISOString();
      const stored = await embedMark(image, circumstances, settings, { createdAt, software: LIBRARY });
      const about = { prompts, createdAt, library: LIBRARY };
      const described = describeArtifact(image, index, generation, circumstances, stored, about);
      const prompt = prompts === 'text' ? image.promptUsed : '';
      const save = () => atOnce(() => saveOne(described, stored.bytes, prompt));
      return await inTurn(jobImage(described) ?? image.id, save);
    } catch (cause) {
      if (isPostponed(cause)) throw cause;
      const why = whyOf(cause);
      const aside = await quarantine(image.imageBytes, `it could not be kept: ${why}`).catch(() => undefined);
      throw new AiImageError('internal', `a picture could not be kept in ${layout.root}: ${why}`, {
        hint: aside === undefined ? 'Its bytes are in the result alone.' : `Its bytes are in ${aside}.`,
        quarantine: [image.imageBytes],
        cause,
      });
    }
  }

  const quarantine = async (bytes: Uint8Array, why: string) =>
    join(layout.quarantine, await quarantineBytes((await opened()).place, bytes, why, now()));

  const ledger = async () => createPersistentLedger(await money(), now);
  const records = () => rooms.records({ now, prompts });
  const inResults = <T>(work: (cache: ResultCache) => Promise<T>) =>
    inCatalog(({ catalog, database }) => {
      const readBytes = (id: string) => readWhole(sidecarOf(id, catalog));
      return work(createPersistentResultCache(database, { readBytes, now, prompts }));
    });

  return {
    directory: layout.root,
    ledger: {
      reserve: async (spending, scopes) => (await ledger()).reserve(spending, scopes),
      settle: async (...word) => (await ledger()).settle(...word),
      release: async (...word) => (await ledger()).release(...word),
      split: async (...part) => (await ledger()).split(...part),
      taken: async (scope) => (await ledger()).taken(scope),
    },
    jobs: {
      begin: async (call) => (await records()).begin(call),
      submitted: async (id, handle) => (await records()).submitted(id, handle),
      end: async (id, state) => (await records()).end(id, state),
      endJob: async (...end) => (await records()).endJob(...end),
      leaveOpen: async (...reason) => (await records()).leaveOpen(...reason),
      decide: async (id, decision) => (await records()).decide(id, decision),
      claim: async (id) => (await records()).claim(id),
      find: async (id) => (await records()).find(id),
      list: async () => (await records()).list(),
    },
    cache: {
      get: (key) => inResults((cache) => cache.get(key)),
      put: (key, generation) => inResults((cache) => cache.put(key, generation)),
    },
    async preflight() {
      await opened();
      await shelf.preflight();
      await inCatalog(async () => undefined);
      await (await money()).all('SELECT 1 AS one');
      const { place, presence } = await opened();
      // Images go into a folder of today, which is made when it is needed; with a bucket, into `incoming` alone.
      const createdAt = new Date(now()).toISOString();
      const today =
        bucket === undefined ? [...PARTITIONS[partition](createdAt), ...knownFolders(naming, createdAt)] : [];
      for (const folder of [[OWN_FOLDER, 'incoming'], [OWN_FOLDER, 'quarantine'], today]) {
        await checkWay(files, place.folders, layout.root, folder);
      }
      if (!shelf.hasWaiting()) return;
      await inCatalog(({ catalog }) => shelf.recover(place, presence, catalog));
    },
    async save(generation, circumstances) {
      const kept: StoredArtifact[] = [];
      const failures: unknown[] = [];
      for (const [index, image] of generation.images.entries()) {
        try {
          kept.push(await keep(image, index, generation, circumstances));
        } catch (error) {
          // The others are paid for too.
          failures.push(error);
        }
      }
      const [first] = failures;
      if (first === undefined) return kept;
      throw kept.length === 0 && failures.length === 1 ? first : notAllKept(failures, kept);
    },
    quarantine,
    get: async (id) => toArtifact(await find(id)),
    async open(id) {
      const found = await find(id);
      const { path, sha256: expected } = toArtifact(found);
      const bytes = await readPicture(found);
      if (sha256(bytes) === expected) return new Uint8Array(bytes);
      throw new AiImageError('internal', `${path} is not what was kept: its hash differs from that of its sidecar`, {
        hint: 'Restore it from a copy.',
      });
    },
    search: (query = {}) => inCatalog(({ catalog }) => catalog.search(query)),
    async delete(id) {
      const { place } = await opened();
      await inCatalog(async ({ catalog }) => {
        const done = await catalog.alone(async (entries) => {
          const { sidecar, folder } = await sidecarOf(id, entries);
          const written = await shelf.remove(place, sidecar, folder);
          await entries.remove(id);
          return written;
        });
        await done();
      });
    },
    keep: (id) => select(id, 'kept'),
    reject: (id) => select(id, 'rejected'),
    unmark: (id) => select(id, undefined),
    tag: (id, tags) => change(id, (sidecar) => ({ ...sidecar, tags: [...new Set(tags)] })),
    lineage: (id) => inCatalog(({ catalog }) => lineageOf(id, catalog)),
    async provenance(id, params) {
      const found = await find(id);
      return describeProvenance(await readPicture(found), found.sidecar, params);
    },
    async verify(id) {
      // Opened in either case: what a dead process left half done is brought to its end first.
      await inCatalog(async ({ catalog }) => {
        if (id !== undefined) await locate(id, catalog);
      });
      return verifyAll(shelf, id === undefined ? undefined : new Set([id]));
    },
    async reindex() {
      await rooms.takeIndex();
      return inCatalog(({ catalog }) => rebuildCatalog(shelf, catalog));
    },
    async repairLedger() {
      if (shared) return repairSharedLedger(await money(), shelf, { schema: shared.schema, now });
      await rooms.closeMoney();
      return repairLedger(layout, await opened(), shelf, now);
    },
    usage: async (since) => usageSince(await money(), since === undefined ? '' : toTime(since)),
    close: () => {
      shelf.close();
      return rooms.close();
    },
  };
}

/** One error for several images: it names what is saved, and holds the bytes of what is not. @param failures at least one */
function notAllKept(failures: readonly unknown[], kept: readonly StoredArtifact[]): AiImageError {
  const errors = failures.filter(isAiImageError);
  const first = errors.find((error) => !isPostponed(error)) ?? errors[0];
  const saved = kept.length > 0 ? [`Saved: ${kept.map(({ path }) => path).join(', ')}.`] : [];
  const hints = [...new Set(errors.flatMap(({ hint }) => hint ?? []))];
  const all = failures.length + kept.length;
  return new AiImageError('internal', `${failures.length} of ${all} images: ${first?.message ?? 'unknown reason'}`, {
    hint: [...saved, ...hints].join(' '),
    quarantine: errors.flatMap(({ quarantine }) => quarantine),
    cause: failures[0],
  });
}

function whyOf(error: unknown): string {
  const isOfSystem = typeof (error as NodeJS.ErrnoException).errno === 'number';
  if (isOfSystem) return codeOf(error) ?? 'unknown reason';
  return error instanceof Error ? error.message : 'unknown reason';
}

interface Found {
  readonly sidecar: Sidecar;
  readonly folder: readonly string[];
}

type CatalogReader = Pick<CatalogEntries, 'find' | 'findOfJob'>;

/** Each holds a few files open; more of them at once are no faster. */
const SAVES_AT_ONCE = 8;

const LIBRARY = `${packageJson.name} ${packageJson.version}`;

function wrong(message: string): AiImageError {
  return new AiImageError('not_configured', `store: ${message}`, {
    hint: "For example createStore({ directory: 'pictures' }).",
  });
}
