/** Gemini's image models at the Gemini API: the family's cards, with a format that the vendor chooses. */
import { currentGemini, geminiModels } from '../kit/families/gemini.ts';
import type { ModelCard } from '../protocol/index.ts';

export const models: Readonly<Record<string, ModelCard>> = Object.fromEntries(
  Object.entries<ModelCard>(geminiModels).map(([id, card]) => [id, { ...card, formatIsFixed: true }]),
);

export const defaultModel = currentGemini;
