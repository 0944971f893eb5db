/** The models that a server lists, asked without cost. */
import type { ModelCard } from '../../protocol/model-card.ts';
import type { ProviderParts } from '../adapter/call-context.ts';
import { createReplyState } from '../response/reply-state.ts';
import { toReading } from '../response/run-call.ts';

type Models = Readonly<Record<string, ModelCard>>;

const LIST_DEADLINE_MS = 5_000;
/** Long enough for a batch, short enough that a model which is loaded meanwhile is soon seen. */
const KEPT_MS = 5 * 60_000;

interface Kept {
  readonly at: number;
  readonly models: Promise<Models>;
  /** The answer, once it is there. */
  known: Models;
}

const keptBy = new WeakMap<ProviderParts, Kept>();

/** @returns nothing where the server has no list, or cannot be asked: a model that is not listed may still be there */
export function listModels(parts: ProviderParts): Promise<Models> {
  const kept = keptBy.get(parts);
  if (kept !== undefined && performance.now() - kept.at <= KEPT_MS) return kept.models;
  const models = ask(parts).catch((): Models => ({}));
  const entry: Kept = { at: performance.now(), models, known: kept?.known ?? {} };
  keptBy.set(parts, entry);
  return models.then((known) => {
    entry.known = known;
    return known;
  });
}

/** What the server listed last; nothing before it was asked. */
export const keptModels = (parts: ProviderParts): Models => keptBy.get(parts)?.known ?? {};

async function ask({ definition, settings, transport }: ProviderParts): Promise<Models> {
  const { listing, defaultModel: model } = definition;
  if (listing === undefined) return {};
  const common = { words: [], labels: {}, usualMs: undefined, redact: transport.redact };
  const { job: _, ...reading } = toReading({ definition, settings, model, seen: createReplyState(), ...common });
  const { body } = await transport.ask(listing.request, reading, { signal: undefined, deadlineMs: LIST_DEADLINE_MS });
  return listing.toModels(body, settings);
}
