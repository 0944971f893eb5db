/** The words `best` and `light`, which a request may hold in the place of a model. */

export const MODEL_TIERS = ['best', 'light'] as const;
export type ModelTier = (typeof MODEL_TIERS)[number];

export const isModelTier = (word: string | undefined): word is ModelTier => MODEL_TIERS.some((tier) => tier === word);

/** The request for a provider that does not know these words: it uses its default model. */
export function withoutTier<T extends { readonly model?: string | undefined }>(request: T): T {
  if (!isModelTier(request.model)) return request;
  const { model: _, ...rest } = request;
  return rest as T; // `model` is optional
}
