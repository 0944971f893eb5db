/** The symbols by which every copy of the AI SDK recognizes its errors. */

/** @param name e.g. `AI_APICallError` @default every error of the AI SDK */
export const sdkMark = (name?: string): symbol =>
  Symbol.for(name === undefined ? 'vercel.ai.error' : `vercel.ai.error.${name}`);
