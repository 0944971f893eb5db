/** Turns the references of agents to images into bytes and links: stored images, files in allowed folders, data links and allowed hosts. */
import { fileURLToPath } from 'node:url';
import { isAiImageError } from '../../providers/protocol/index.ts';
import { quoteName } from '../../providers/protocol/input/hide-keys.ts';
import type { Store } from '../../store/store.ts';
import { isImageId, toImageId } from '../results/image-uri.ts';
import { readBase64 } from './base64.ts';
import { checkReference, MAX_REFERENCE_BYTES, MAX_REFERENCES } from './check-reference.ts';
import { readRootFile } from './read-root-file.ts';
import { referenceError } from './reference-error.ts';

/** Where images may come from. */
export interface ReferenceSources {
  readonly store: Pick<Store, 'open' | 'search'>;
  /** Folders whose image files may be used. */
  readonly roots: readonly string[];
  /** Hosts from which `https:` links are fetched. */
  readonly hosts: readonly string[];
  /** The image that `last` means. @default the newest one of the store */
  readonly lastId?: string | undefined;
}

/** An image to start from. */
export interface ResolvedReference {
  /** Bytes, or an `https:` link. The provider's download fetches it, and refuses private addresses. */
  readonly input: Uint8Array | string;
  /** The id of a stored image. */
  readonly id?: string;
}

export interface ResolvedReferences {
  readonly inputImages: readonly (Uint8Array | string)[];
  /** Ids of the stored images among them, each once. */
  readonly parents: readonly string[];
}

/** Bytes of all references of one call. */
const MAX_BYTES = 2 * MAX_REFERENCE_BYTES;
/** Characters of a path or a link. */
const MAX_LENGTH = 4096;
const MAX_NAMED_HOSTS = 5;

const WHAT_TO_GIVE = 'Give the id of a stored image, the path of an image file in an allowed folder, or a data: link.';

/** @throws AiImageError `invalid_request`: the message names the argument; `storage_failed` */
export async function resolveReferences(
  references: readonly string[],
  sources: ReferenceSources,
): Promise<ResolvedReferences> {
  if (references.length > MAX_REFERENCES) {
    throw referenceError('reference_images', `has ${references.length} images.`, `Give at most ${MAX_REFERENCES}.`);
  }
  const resolved: ResolvedReference[] = [];
  let bytes = 0;
  // One after the other: after the limit is reached, no further file is read.
  for (const [at, reference] of references.entries()) {
    const found = await resolveReference(reference, `reference_images[${at}]`, sources);
    if (typeof found.input !== 'string') bytes += found.input.length;
    if (bytes > MAX_BYTES) {
      throw referenceError('reference_images', `has over ${MAX_BYTES} bytes in all.`, 'Give fewer or smaller images.');
    }
    resolved.push(found);
  }
  return {
    inputImages: resolved.map(({ input }) => input),
    parents: [...new Set(resolved.flatMap(({ id }) => (id === undefined ? [] : [id])))],
  };
}

/** @param argument for messages, e.g. `image` @throws as `resolveReferences` */
export async function resolveReference(
  reference: string,
  argument: string,
  { store, roots, hosts, lastId }: ReferenceSources,
): Promise<ResolvedReference> {
  const text = reference.trim();
  if (/^data:/i.test(text.slice(0, 5))) return { input: readDataLink(text, argument) };
  if (text === '') throw referenceError(argument, 'is empty.', WHAT_TO_GIVE);
  if (text.length > MAX_LENGTH)
    throw referenceError(argument, `is longer than ${MAX_LENGTH} characters.`, WHAT_TO_GIVE);
  if (text.includes('\0')) throw referenceError(argument, 'has a NUL character.', WHAT_TO_GIVE);
  if (text === 'last') return openLast(store, lastId, argument);
  const id = toImageId(text);
  if (isImageId(id)) return openStored(store, id, argument);
  if (/^https?:/i.test(text)) return { input: checkLink(text, hosts, argument) };
  if (/^file:/i.test(text)) return { input: await readRootFile(toPath(text, argument), roots, argument) };
  // One letter is a drive of Windows.
  const [, scheme] = /^([a-z][a-z0-9+.-]{1,30}):/i.exec(text) ?? [];
  if (scheme !== undefined) throw referenceError(argument, `is a ${quoteName(scheme)} link.`, WHAT_TO_GIVE);
  return { input: await readRootFile(text, roots, argument) };
}

async function openLast(
  store: ReferenceSources['store'],
  lastId: string | undefined,
  argument: string,
): Promise<ResolvedReference> {
  const id = lastId ?? (await store.search({ limit: 1 }))[0]?.id;
  if (id !== undefined) return openStored(store, id, argument);
  throw referenceError(argument, 'is "last", and there is no image yet.', 'Generate one with generate_image.');
}

async function openStored(store: ReferenceSources['store'], id: string, argument: string): Promise<ResolvedReference> {
  try {
    return { input: await store.open(id), id };
  } catch (error) {
    if (!isAiImageError(error) || error.code !== 'invalid_request') throw error;
    const hint = 'Find its id with search_images. For a file of that name, write "./" before it.';
    throw referenceError(argument, `${quoteName(id)} is not the id of a stored image.`, hint, error);
  }
}

/** @returns the link as it was checked */
function checkLink(text: string, hosts: readonly string[], argument: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') throw referenceError(argument, 'is not an https: link.', WHAT_TO_GIVE);
  if (url.username !== '' || url.password !== '') {
    throw referenceError(argument, 'is a link with a user name or a password.', 'Remove them.');
  }
  // `url.host` has the port, unless it is the default port.
  if (hosts.some((host) => host.toLowerCase() === url.host)) return url.href;
  const more = hosts.length > MAX_NAMED_HOSTS ? ', …' : '';
  const named = `its host is not one of ${hosts.slice(0, MAX_NAMED_HOSTS).join(', ')}${more}`;
  const allowed = hosts.length === 0 ? 'links are not allowed here' : named;
  throw referenceError(argument, `is a link, and ${allowed}.`, WHAT_TO_GIVE);
}

function readDataLink(text: string, argument: string): Uint8Array {
  const comma = text.indexOf(',');
  const head = text.slice(0, Math.min(Math.max(comma, 0), 200)).toLowerCase();
  if (!head.startsWith('data:image/') || !head.endsWith(';base64')) {
    throw referenceError(argument, 'is a data: link that is not data:image/…;base64,…', WHAT_TO_GIVE);
  }
  const bytes = readBase64(text.slice(comma + 1), MAX_REFERENCE_BYTES);
  if (bytes !== undefined) return checkReference(bytes, argument);
  const hint = `Give at most ${MAX_REFERENCE_BYTES} bytes as base64.`;
  throw referenceError(argument, 'is a data: link without valid base64, or it is too long.', hint);
}

function toPath(url: string, argument: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw referenceError(argument, 'is a file: link without a path on this computer.', WHAT_TO_GIVE, cause);
  }
}
