/**
 * Model cards of Vertex AI: the shared Gemini cards, with a choice of format. Shutdown dates of the Gemini API do not apply to this service,
 * whose own table (docs.cloud.google.com/gemini-enterprise-agent-platform/models/model-versions) could not be read: a model that ended there is
 * marked as deprecated here, and calls go through. Imagen was removed from every Google product on 2026-08-17. Source: firebase.google.com, "Migrate
 * from Imagen".
 */
import { currentGemini, geminiModels } from '../kit/families/gemini/index.ts';
import type { ModelCard } from '../protocol/index.ts';

const IMAGEN_END = '2026-08-17';

const family: Readonly<Record<string, ModelCard>> = geminiModels;

function toVertexCard(id: string, card: ModelCard): ModelCard {
  const { shutdown, title, successor } = card;
  if (shutdown === undefined) return card;
  if (id.startsWith('imagen')) return { ...card, shutdown: IMAGEN_END };
  // A preview has the capabilities of its successor; its price is unknown.
  const { pricing: _, ...abilities } = family[id.replace(/-preview$/, '')] ?? card;
  return { ...abilities, title, deprecated: shutdown, ...(successor !== undefined && { successor }) };
}

export const models: Readonly<Record<string, ModelCard>> = Object.fromEntries(
  Object.entries(family).map(([id, card]) => [id, toVertexCard(id, card)]),
);
export const defaultModel = currentGemini;
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'gemini-3-pro-image', light: 'gemini-3.1-flash-lite-image' } as const;
