/** Requests and caches the model list of a server. Costs nothing. */
import type { ModelCard } from '../../protocol/model-card.ts';
import type { ProviderParts } from '../adapter/call-context.ts';
import { hookLabels } from '../hook-labels.ts';
import { freeRequestHandlers } from './free-requests.ts';

type Models = Readonly<Record<string, ModelCard>>;

const LIST_DEADLINE_MS = 5_000;
/** Long enough for a batch, short enough to notice a model that was loaded meanwhile. */
const CACHE_MS = 5 * 60_000;

interface CacheEntry {
  readonly at: number;
  readonly models: Promise<Models>;
  /** The list, once it has arrived. */
  known: Models;
}

const cacheByParts = new WeakMap<ProviderParts, CacheEntry>();

/** @returns an empty list if the server has none or cannot be reached; a model that is not listed may still exist */
export function listModels(parts: ProviderParts): Promise<Models> {
  const cached = cacheByParts.get(parts);
  if (cached !== undefined && performance.now() - cached.at <= CACHE_MS) return cached.models;
  const models = requestModels(parts).catch((): Models => ({}));
  const entry: CacheEntry = { at: performance.now(), models, known: cached?.known ?? {} };
  cacheByParts.set(parts, entry);
  return models.then((known) => {
    entry.known = known;
    return known;
  });
}

/** The last list that the server returned; empty before the first request. */
export const cachedModels = (parts: ProviderParts): Models => cacheByParts.get(parts)?.known ?? {};

async function requestModels(parts: ProviderParts): Promise<Models> {
  const { listing } = parts.definition;
  if (listing === undefined) return {};
  const labels = await hookLabels(parts, {});
  const time = { signal: undefined, deadlineMs: LIST_DEADLINE_MS };
  const { body } = await parts.transport.ask(listing.request, freeRequestHandlers(parts, { labels }), time);
  return listing.toModels(body, parts.settings);
}
