/**
 * Gemini's image models at Vertex AI: the family's cards; the format can be asked for here, and what Imagen could is gone with it. The dates of
 * deprecation and shutdown are those of the Gemini API; that they hold here too is unverified.
 */
import { currentGemini, geminiModels } from '../kit/families/gemini.ts';

export const models = geminiModels;
export const defaultModel = currentGemini;
