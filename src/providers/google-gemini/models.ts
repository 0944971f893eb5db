/** Model cards of the Gemini API: the shared Gemini cards, with a format that the vendor chooses. */
import { currentGemini, geminiModels, retiredGemini } from '../kit/families/gemini/index.ts';
import type { ModelCard } from '../protocol/index.ts';

/** Ids that older programs use. Source: ai.google.dev, "Changelog", 2026-06-01. */
const TEXT_MODELS_END = '2026-06-01';
const textModels = {
  'gemini-2.0-flash': retiredGemini('Gemini 2.0 Flash', TEXT_MODELS_END),
  'gemini-2.0-flash-001': retiredGemini('Gemini 2.0 Flash, snapshot', TEXT_MODELS_END),
  'gemini-2.0-flash-lite': retiredGemini('Gemini 2.0 Flash Lite', TEXT_MODELS_END),
  'gemini-2.0-flash-lite-001': retiredGemini('Gemini 2.0 Flash Lite, snapshot', TEXT_MODELS_END),
};

export const models: Readonly<Record<string, ModelCard>> = Object.fromEntries(
  Object.entries<ModelCard>({ ...geminiModels, ...textModels }).map(([id, card]) => [
    id,
    { ...card, formatIsFixed: true },
  ]),
);

export const defaultModel = currentGemini;
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'gemini-3-pro-image', light: 'gemini-3.1-flash-lite-image' } as const;
