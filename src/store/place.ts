/**
 * How a picture and its sidecar come into the store, change and leave it, so that a crash at any moment leaves both or neither.
 *
 * What is to be done is written down first, in `incoming`: the sidecar as it will be, under the name of the process that does it. The
 * last step gives that very file its name beside the picture. Whoever opens the store later finds what a dead process left there and
 * brings it to its end: forward where the whole picture is there, else back.
 */
import { join } from 'node:path';
import { sha256 } from './describe-artifact.ts';
import {
  codeOf,
  type FileOperations,
  giveName,
  makeDirectory,
  remove,
  replace,
  syncDirectory,
  writeSynced,
} from './files.ts';
import type { Layout } from './layout.ts';
import { readSidecar, type Sidecar, writeSidecar } from './sidecar.ts';

export interface Place {
  readonly files: FileOperations;
  readonly layout: Layout;
  /** Of the process that works. */
  readonly token: string;
}

/** What is under way, as its file's name says. */
const KINDS = ['add', 'change', 'delete'] as const;
type Kind = (typeof KINDS)[number];

/** How many further names are tried: `fox.png`, `fox-2.png`, … */
const MAX_NAMES = 10_000;
const PRIVATE = 0o600;
const PUBLIC = 0o666;

const EXTENSIONS: Readonly<Record<Sidecar['format'], string>> = {
  png: 'png',
  jpeg: 'jpg',
  webp: 'webp',
  gif: 'gif',
  avif: 'avif',
  svg: 'svg',
};

export const sidecarName = (file: string): string => `${file.slice(0, file.lastIndexOf('.'))}.json`;

/** Where the folder stands in a note: a note has to be found again by whoever comes later. */
interface Note {
  readonly kind: Kind;
  readonly id: string;
  readonly token: string;
  readonly folder: string;
  readonly path: string;
}

/** `add.<id>.<token>.<folder>`; no part of ours has a dot, and slashes of the folder become `!`. */
const noteName = (kind: Kind, id: string, token: string, folder: readonly string[]): string =>
  `${kind}.${id}.${token}.${Buffer.from(folder.join('/')).toString('base64url')}`;

function readNote(name: string, incoming: string): Note | undefined {
  const [kind, id, token, folder, ...rest] = name.split('.');
  const known = KINDS.find((each) => each === kind);
  if (known === undefined || !id || !token || folder === undefined || rest.length > 0) return undefined;
  return { kind: known, id, token, folder: Buffer.from(folder, 'base64url').toString(), path: join(incoming, name) };
}

export interface Added {
  readonly sidecar: Sidecar;
  readonly done: () => Promise<void>;
}

/**
 * @param folder below the root
 * @param name without an extension
 * @returns the sidecar with the file's name; `done` takes the note away, once all else that belongs to it is written
 * @throws NodeJS.ErrnoException nothing of it is left then
 */
export async function addArtifact(
  place: Place,
  bytes: Uint8Array,
  described: Omit<Sidecar, 'file'>,
  folder: readonly string[],
  name: string,
): Promise<Added> {
  const { files, layout, token } = place;
  const { id } = described;
  const directory = join(layout.root, ...folder);
  await makeDirectory(files, directory);
  const picture = join(layout.incoming, `${id}.${token}.bytes`);
  const note = join(layout.incoming, noteName('add', id, token, folder));
  await writeSynced(files, picture, bytes, PUBLIC);
  try {
    for (let attempt = 1; ; attempt++) {
      const file = `${name}${attempt === 1 ? '' : `-${attempt}`}.${EXTENSIONS[described.format]}`;
      const sidecar: Sidecar = { ...described, file };
      if (await isTaken(files, directory, file)) continue;
      await writeNote(place, note, sidecar);
      try {
        await giveBoth(place, { picture, note, directory, file });
      } catch (error) {
        if (codeOf(error) === 'EEXIST' && attempt < MAX_NAMES) continue;
        throw error;
      }
      await remove(files, picture);
      return { sidecar, done: () => remove(files, note) };
    }
  } catch (error) {
    await remove(files, note).catch(() => undefined);
    await remove(files, picture).catch(() => undefined);
    throw error;
  }
}

async function isTaken(files: FileOperations, directory: string, file: string): Promise<boolean> {
  for (const name of [file, sidecarName(file)]) {
    try {
      await files.lstat(join(directory, name));
      return true;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
  return false;
}

async function writeNote({ files, layout }: Place, note: string, sidecar: Sidecar): Promise<void> {
  await remove(files, note);
  await writeSynced(files, note, writeSidecar(sidecar), PRIVATE);
  await syncDirectory(files, layout.incoming);
}

/** The picture first: a sidecar without its picture would promise what is not there. */
async function giveBoth(
  { files }: Place,
  way: { readonly picture: string; readonly note: string; readonly directory: string; readonly file: string },
): Promise<void> {
  const { picture, note, directory, file } = way;
  await giveName(files, picture, join(directory, file));
  try {
    await giveName(files, note, join(directory, sidecarName(file)));
  } catch (error) {
    await remove(files, join(directory, file));
    throw error;
  }
  await syncDirectory(files, directory);
}

/** Puts a changed sidecar in the place of the old one, in one step. */
export async function changeSidecar(place: Place, sidecar: Sidecar, folder: readonly string[]): Promise<void> {
  const { files, layout, token } = place;
  const note = join(layout.incoming, noteName('change', sidecar.id, token, folder));
  await writeNote(place, note, sidecar);
  await replace(files, note, join(layout.root, ...folder, sidecarName(sidecar.file)));
}

/** @returns takes the note away, once the catalog has forgotten it too */
export async function deleteArtifact(
  place: Place,
  sidecar: Sidecar,
  folder: readonly string[],
): Promise<() => Promise<void>> {
  const { files, layout, token } = place;
  const note = join(layout.incoming, noteName('delete', sidecar.id, token, folder));
  await writeNote(place, note, sidecar);
  await removeBoth(place, sidecar, folder);
  return () => remove(files, note);
}

async function removeBoth({ files, layout }: Place, { file }: Sidecar, folder: readonly string[]): Promise<void> {
  const directory = join(layout.root, ...folder);
  await remove(files, join(directory, sidecarName(file)));
  await remove(files, join(directory, file));
  await syncDirectory(files, directory);
}

/** What became of something that a dead process had begun. */
export interface Recovered {
  readonly kind: 'added' | 'deleted';
  readonly sidecar: Sidecar;
  readonly folder: readonly string[];
  readonly done: () => Promise<void>;
}

/** @param isAlive whether the process of a note still works on it */
export async function recover(
  place: Place,
  isAlive: (token: string) => Promise<boolean>,
): Promise<readonly Recovered[]> {
  const { files, layout } = place;
  const recovered: Recovered[] = [];
  const names = await files.readdir(layout.incoming);
  for (const name of names) {
    const note = readNote(name, layout.incoming);
    if (note === undefined || (await isAlive(note.token))) continue;
    const ended = await bringToEnd(place, note);
    if (ended) recovered.push(ended);
    else await remove(files, note.path);
  }
  for (const name of names.filter((each) => each.endsWith('.bytes'))) {
    const token = name.split('.')[1];
    if (token !== undefined && !(await isAlive(token))) await remove(files, join(layout.incoming, name));
  }
  return recovered;
}

async function bringToEnd(place: Place, { kind, id, token, folder: at, path }: Note): Promise<Recovered | undefined> {
  const { files, layout } = place;
  const read = readSidecar(await files.readFile(path, 'utf8'));
  // A note that is not whole was never acted upon.
  if (read.kind !== 'sidecar') return undefined;
  const { sidecar } = read;
  const folder = at === '' ? [] : at.split('/');
  const done = () => remove(files, path);
  if (kind === 'delete') {
    await removeBoth(place, sidecar, folder);
    return { kind: 'deleted', sidecar, folder, done };
  }
  const directory = join(layout.root, ...folder);
  const beside = join(directory, sidecarName(sidecar.file));
  if (kind === 'change') {
    await replace(files, path, beside);
    return { kind: 'added', sidecar, folder, done };
  }
  const picture = join(layout.incoming, `${id}.${token}.bytes`);
  const named = join(directory, sidecar.file);
  if (await holds(files, named, sidecar.sha256)) {
    const text = await readOrNothing(files, beside);
    if (text === undefined) await giveName(files, path, beside);
    const there = text === undefined ? undefined : readSidecar(text.toString());
    if (there === undefined || (there.kind === 'sidecar' && there.sidecar.id === id)) {
      await syncDirectory(files, directory);
      return { kind: 'added', sidecar, folder, done };
    }
  }
  // It has no name yet, or lost it to somebody else: it gets another one.
  const bytes = await readOrNothing(files, picture);
  if (bytes === undefined || sha256(bytes) !== sidecar.sha256) return undefined;
  const { file, ...described } = sidecar;
  const added = await addArtifact(place, bytes, described, folder, file.slice(0, file.lastIndexOf('.')));
  return { kind: 'added', sidecar: added.sidecar, folder, done: () => added.done().then(done) };
}

async function holds(files: FileOperations, path: string, hash: string): Promise<boolean> {
  const bytes = await readOrNothing(files, path);
  return bytes !== undefined && sha256(bytes) === hash;
}

async function readOrNothing({ readFile }: FileOperations, path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
