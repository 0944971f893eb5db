/** A directory of pictures that were paid for: kept, findable, provable. */
import { constants } from 'node:fs';
import { join, resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { AiImageError } from '../providers/protocol/errors.ts';
import type { GeneratedImage, ImageGeneration } from '../providers/protocol/index.ts';
import type { ArtifactQuery, ArtifactSummary, Located } from './catalog.ts';
import { describeArtifact, sha256 } from './describe-artifact.ts';
import { codeOf, FILES, type FileOperations, writeSynced } from './files.ts';
import { layoutOf, PARTITIONS, type Partition } from './layout.ts';
import { type Lineage, lineageOf } from './lineage.ts';
import { createLastingLedger, createLastingRecords, type UsageRow, usageSince } from './money.ts';
import { DEFAULT_NAMING, readNaming } from './names.ts';
import { openMoney, openStore } from './opened.ts';
import { addArtifact, changeSidecar, deleteArtifact, sidecarName } from './place.ts';
import type { Circumstances, Kept, ManagerStore } from './ports.ts';
import { describeProvenance, type Provenance, type VerifyParams } from './provenance/index.ts';
import { type Rebuilt, rebuild } from './rebuild.ts';
import { repairLedger } from './repair-ledger.ts';
import { createLastingCache } from './results.ts';
import { readSidecar, type Selection, type Sidecar } from './sidecar.ts';
import { MARKS, type MarkSettings, toStored } from './to-stored.ts';
import { type Verified, verifyAll } from './verify.ts';

export interface StoreSettings extends MarkSettings {
  /** Made where it is not there. */
  readonly directory: string;
  /** @default '{date}-{prompt:40}-{id:8}' */
  readonly naming?: string;
  /** Folders by the day a picture came. @default 'YYYY/MM' */
  readonly partition?: Partition;
  /** Whether prompts are written down, or their hash and length alone. @default 'text' */
  readonly prompts?: 'text' | 'hash';
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
  /** Holds every file against its sidecar. Changes nothing. @param id @default all */
  verify(id?: string): Promise<Verified>;
  /** Makes the catalog again from the sidecars. */
  reindex(): Promise<Rebuilt>;
  /** Makes a new ledger from what the sidecars say; the old one is put aside. */
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
  const { directory, naming = DEFAULT_NAMING, partition = 'YYYY/MM', prompts = 'text' } = settings;
  const { files = FILES, now = () => Date.now() } = settings;
  if (typeof directory !== 'string' || directory.trim() === '') throw wrong('a store needs a directory');
  if (!Object.hasOwn(PARTITIONS, partition)) throw wrong(`partition is one of ${Object.keys(PARTITIONS).join(', ')}`);
  if (!MARKS.includes(settings.marks ?? 'image')) throw wrong(`marks is one of ${MARKS.join(', ')}`);
  if (prompts !== 'text' && prompts !== 'hash') throw wrong("prompts is 'text' or 'hash'");
  const nameOf = readNaming(naming);
  const layout = layoutOf(resolve(directory));
  const opened = once(() => openStore(layout, files));
  const money = once(() => openMoney(layout, files));

  async function locate(id: string): Promise<Located & ArtifactSummary> {
    const found = await (await opened()).catalog.find(id);
    if (found) return found;
    throw new AiImageError('invalid_request', `there is no picture ${JSON.stringify(id.slice(0, 64))} in the store`, {
      hint: 'store.search() lists what there is; store.reindex() reads the directory again.',
    });
  }

  async function sidecarOf(id: string): Promise<{ readonly sidecar: Sidecar; readonly folder: readonly string[] }> {
    const { folder, file } = await locate(id);
    const path = join(layout.root, ...folder, sidecarName(file));
    const reading = readSidecar(await files.readFile(path, 'utf8').catch(() => ''));
    if (reading.kind === 'sidecar' && reading.sidecar.id === id) return { sidecar: reading.sidecar, folder };
    throw new AiImageError('internal', `the sidecar ${path} cannot be read`, {
      hint: 'store.verify() says what is wrong; it is left as it is.',
    });
  }

  const toArtifact = (sidecar: Sidecar, folder: readonly string[]): Artifact => ({
    ...sidecar,
    path: join(layout.root, ...folder, sidecar.file),
  });

  async function change(id: string, how: (sidecar: Sidecar) => Sidecar): Promise<Artifact> {
    const { place, catalog } = await opened();
    const { sidecar, folder } = await sidecarOf(id);
    const changed = how(sidecar);
    await changeSidecar(place, changed, folder);
    await catalog.put(changed, folder);
    return toArtifact(changed, folder);
  }

  const select = (id: string, selection: Selection | undefined) =>
    change(id, ({ selection: _, ...sidecar }) => ({ ...sidecar, ...(selection && { selection }) }));

  /** @returns `undefined` where it is gone or not what was kept */
  async function readWhole(id: string): Promise<Uint8Array | undefined> {
    try {
      const { sidecar, folder } = await sidecarOf(id);
      const bytes = await files.readFile(join(layout.root, ...folder, sidecar.file));
      return sha256(bytes) === sidecar.sha256 ? new Uint8Array(bytes) : undefined;
    } catch {
      return undefined; // gone, or not to be read: the same to whoever asks
    }
  }

  async function saveOne(
    image: GeneratedImage,
    index: number,
    generation: ImageGeneration,
    circumstances: Circumstances,
  ): Promise<Kept> {
    const { place, catalog } = await opened();
    const createdAt = new Date(now()).toISOString();
    const stored = await toStored(image, circumstances, settings, { createdAt, software: LIBRARY });
    const described = describeArtifact(image, index, generation, circumstances, stored, {
      prompts,
      createdAt,
      library: LIBRARY,
    });
    const known = await catalog.findOfJob(described);
    if (known) return { id: known.id, path: known.path };
    const parts = nameOf({ ...described, prompt: prompts === 'text' ? image.promptUsed : '' });
    const folder = [...PARTITIONS[partition](createdAt), ...parts.slice(0, -1)];
    const { sidecar, done } = await addArtifact(place, stored.bytes, described, folder, parts.at(-1) ?? 'image');
    await catalog.put(sidecar, folder);
    await done();
    return { id: sidecar.id, path: toArtifact(sidecar, folder).path };
  }

  const lastingLedger = once(async () => createLastingLedger(await money(), now));
  const records = once(async () => {
    const { token, isAlive } = (await opened()).presence;
    return createLastingRecords(await money(), { token, isAlive, now });
  });
  const results = once(async () => createLastingCache((await opened()).catalogDatabase, readWhole, now));

  return {
    directory: layout.root,
    ledger: {
      reserve: async (spending, scopes) => (await lastingLedger()).reserve(spending, scopes),
      settle: async (id, micros) => (await lastingLedger()).settle(id, micros),
      release: async (id) => (await lastingLedger()).release(id),
      taken: async (scope) => (await lastingLedger()).taken(scope),
    },
    jobs: {
      begin: async (call) => (await records()).begin(call),
      submitted: async (id, handle) => (await records()).submitted(id, handle),
      end: async (id, state) => (await records()).end(id, state),
      claim: async (id) => (await records()).claim(id),
      find: async (id) => (await records()).find(id),
      list: async () => (await records()).list(),
    },
    cache: {
      get: async (key) => (await results()).get(key),
      put: async (key, generation) => (await results()).put(key, generation),
    },
    async preflight() {
      await opened();
      await money();
      try {
        await files.access(layout.root, constants.W_OK);
        await files.access(layout.incoming, constants.W_OK);
      } catch (cause) {
        throw new AiImageError('not_configured', `nothing can be written to ${layout.root}: ${codeOf(cause)}`, {
          charged: 'no',
          hint: 'Nothing was sent. See to the rights of the directory, or name another one.',
          cause,
        });
      }
    },
    async save(generation, circumstances) {
      const kept: Kept[] = [];
      for (const [index, image] of generation.images.entries()) {
        kept.push(await saveOne(image, index, generation, circumstances));
      }
      return kept;
    },
    async quarantine(bytes, why) {
      await opened();
      const name = `${new Date(now()).toISOString().slice(0, 10)}-${sha256(bytes).slice(0, 16)}`;
      const path = join(layout.quarantine, `${name}.bin`);
      // The same bytes once more are the same.
      await writeSynced(files, path, bytes, 0o600).catch(ignoreExisting);
      const note = new TextEncoder().encode(`${JSON.stringify({ why, at: new Date(now()).toISOString() })}\n`);
      await writeSynced(files, join(layout.quarantine, `${name}.json`), note, 0o600).catch(ignoreExisting);
      return path;
    },
    async get(id) {
      const { sidecar, folder } = await sidecarOf(id);
      return toArtifact(sidecar, folder);
    },
    async open(id) {
      const { sidecar, folder } = await sidecarOf(id);
      const { path } = toArtifact(sidecar, folder);
      const bytes = await files.readFile(path).catch((cause: unknown) => {
        throw new AiImageError('internal', `${path} cannot be read: ${codeOf(cause)}`, {
          hint: 'store.verify() looks at every file.',
          cause,
        });
      });
      if (sha256(bytes) === sidecar.sha256) return new Uint8Array(bytes);
      throw new AiImageError('internal', `${path} is not what was kept: its hash differs from that of its sidecar`, {
        hint: 'Restore it from a copy.',
      });
    },
    search: async (query = {}) => (await opened()).catalog.search(query),
    async delete(id) {
      const { place, catalog } = await opened();
      const { sidecar, folder } = await sidecarOf(id);
      const done = await deleteArtifact(place, sidecar, folder);
      await catalog.remove(id);
      await done();
    },
    keep: (id) => select(id, 'kept'),
    reject: (id) => select(id, 'rejected'),
    unmark: (id) => select(id, undefined),
    tag: (id, tags) => change(id, (sidecar) => ({ ...sidecar, tags: [...new Set(tags)] })),
    lineage: async (id) => lineageOf(id, (await opened()).catalog),
    async provenance(id, params) {
      const { sidecar, folder } = await sidecarOf(id);
      return describeProvenance(await files.readFile(toArtifact(sidecar, folder).path), sidecar, params);
    },
    async verify(id) {
      await opened();
      if (id !== undefined) await locate(id);
      return verifyAll(files, layout.root, id === undefined ? undefined : new Set([id]));
    },
    reindex: async () => rebuild(files, layout.root, (await opened()).catalog),
    async repairLedger() {
      await opened();
      if (money.isOpen()) await (await money().catch(() => undefined))?.close();
      for (const each of [money, lastingLedger, records]) each.forget();
      return repairLedger(layout, files);
    },
    async usage(since = '') {
      await opened(); // the ledger of a new store has no directory yet
      return usageSince(await money(), since);
    },
    async close() {
      if (money.isOpen()) await (await money()).close();
      if (!opened.isOpen()) return;
      const { catalogDatabase, presence } = await opened();
      await catalogDatabase.close();
      await presence.leave();
    },
  };
}

const LIBRARY = `${packageJson.name} ${packageJson.version}`;

function wrong(message: string): AiImageError {
  return new AiImageError('not_configured', `store: ${message}`, {
    hint: "For example createStore({ directory: 'pictures' }).",
  });
}

function ignoreExisting(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error;
}

interface Once<T> {
  (): Promise<T>;
  readonly isOpen: () => boolean;
  readonly forget: () => void;
}

/** Made at the first call; a failure is tried again by the next one. */
function once<T>(make: () => Promise<T>): Once<T> {
  let made: Promise<T> | undefined;
  const get = () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return Object.assign(get, {
    isOpen: () => made !== undefined,
    forget: () => {
      made = undefined;
    },
  });
}
