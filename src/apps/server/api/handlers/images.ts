/** Stored images: search, facts, selection, tags, links. */
import type { ArtifactQuery, ArtifactSummary } from '../../../../store/index.ts';
import { linkTo, toApiImage, toImageDetails } from '../answers/to-images.ts';
import { findImage, orNotFound } from '../input/find-image.ts';
import { fieldFault } from '../input/input-fault.ts';
import type { RouteHandler } from '../route-call.ts';

const DEFAULT_LIMIT = 100;

export const searchImages: RouteHandler<'searchImages'> = async (call) => {
  const { after, limit = DEFAULT_LIMIT, ...filters } = call.input;
  const given = Object.entries({ ...filters, after: after === undefined ? undefined : readCursor(after) });
  const query: ArtifactQuery = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  // One more than is shown tells whether there is a next page.
  const found = await call.context.store.search({ ...query, limit: limit + 1 });
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  const images = await Promise.all(shown.map((image) => toApiImage(image, call)));
  return { body: { images, ...(last && { next: writeCursor(last) }) } };
};

type PageEnd = Pick<ArtifactSummary, 'createdAt' | 'id'>;

const writeCursor = ({ createdAt, id }: PageEnd): string =>
  btoa(`${createdAt} ${id}`).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** @throws HttpFault 400 */
function readCursor(cursor: string): PageEnd {
  const [, createdAt, id] = /^([\d:.TZ+-]{10,40}) ([\w-]{8,64})$/.exec(fromBase64Url(cursor)) ?? [];
  if (createdAt !== undefined && id !== undefined && !Number.isNaN(Date.parse(createdAt))) return { createdAt, id };
  throw fieldFault('after', '`after` must be the `next` of an earlier answer.');
}

/** @returns an empty text for what is no base64 */
function fromBase64Url(text: string): string {
  try {
    return atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return '';
  }
}

export const getImage: RouteHandler<'getImage'> = async (call) => ({
  body: await toImageDetails(await findImage(call.context.store, call.input.id), call),
});

export const deleteImage: RouteHandler<'deleteImage'> = async ({ input, context }) => {
  await orNotFound(context.store.delete(input.id), input.id);
  return new Response(null, { status: 204 });
};

export const linkImage: RouteHandler<'linkImage'> = async (call) => {
  const { id, lifetime } = call.input;
  const image = await findImage(call.context.store, id);
  return { body: { url: await linkTo(image, call, lifetime === undefined ? undefined : lifetime * 1000) } };
};

/** A deleted image has no sidecar, and may still have descendants. */
export const getLineage: RouteHandler<'getLineage'> = async ({ input, context }) => {
  const lineage = await context.store.lineage(input.id);
  const { ancestors, descendants } = lineage;
  if (ancestors.length + descendants.length === 0) await findImage(context.store, input.id);
  return { body: lineage };
};

export const getProvenance: RouteHandler<'getProvenance'> = async ({ input, context }) => {
  const provenance = await orNotFound(context.store.provenance(input.id), input.id);
  const { lines, hash, sha256, reading, manifest } = provenance;
  return { body: { lines, hash, sha256, mark: reading.mark, manifest } };
};

export const selectImage: RouteHandler<'selectImage'> = async (call) => {
  const { id, selection } = call.input;
  const { store } = call.context;
  const change = { kept: store.keep, rejected: store.reject, none: store.clearSelection }[selection ?? 'none'];
  return { body: await toImageDetails(await orNotFound(change(id), id), call) };
};

export const tagImage: RouteHandler<'tagImage'> = async (call) => {
  const { id, tags } = call.input;
  return { body: await toImageDetails(await orNotFound(call.context.store.tag(id, tags), id), call) };
};
