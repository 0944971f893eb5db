/** The API of Gemini's image models, which the Gemini API and Vertex AI share. */
export { checkGemini } from './check.ts';
export { currentGemini, geminiModels, retiredGemini } from './models.ts';
export { geminiOptions, geminiSafetySetting, HARM_CATEGORIES, toGeminiRequest } from './request.ts';
export { geminiError, geminiResponse, toGeminiError, toGeminiImages, toGeminiUsage } from './response.ts';
