/**
 * Gemini's image models at Vertex AI: the family's cards; the format can be asked for here. The end of a model at the Gemini API says nothing of
 * this service, whose own table (docs.cloud.google.com/gemini-enterprise-agent-platform/models/model-versions) could not be read: such a model
 * is deprecated here, and a call goes through. Imagen is gone from every Google product since 2026-08-17. Source: firebase.google.com, "Migrate
 * from Imagen".
 */
import { currentGemini, geminiModels } from '../kit/families/gemini.ts';
import type { ModelCard } from '../protocol/index.ts';

const IMAGEN_END = '2026-08-17';

const family: Readonly<Record<string, ModelCard>> = geminiModels;

function toVertexCard(id: string, card: ModelCard): ModelCard {
  const { shutdown, title, successor } = card;
  if (shutdown === undefined) return card;
  if (id.startsWith('imagen')) return { ...card, shutdown: IMAGEN_END };
  // A preview can what the model that followed can; its price is not known here.
  const { pricing: _, ...abilities } = family[id.replace(/-preview$/, '')] ?? card;
  return { ...abilities, title, deprecated: shutdown, ...(successor !== undefined && { successor }) };
}

export const models: Readonly<Record<string, ModelCard>> = Object.fromEntries(
  Object.entries(family).map(([id, card]) => [id, toVertexCard(id, card)]),
);
export const defaultModel = currentGemini;
/** What `model: 'best'` and `model: 'light'` stand for. */
export const tiers = { best: 'gemini-3-pro-image', light: 'gemini-3.1-flash-lite-image' } as const;
