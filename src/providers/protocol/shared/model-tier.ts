/** Words that a request may hold instead of a model id; each provider says which of its models they select. */
export const MODEL_TIERS = ['best', 'light'] as const;
export type ModelTier = (typeof MODEL_TIERS)[number];

export const isModelTier = (word: string | undefined): word is ModelTier => MODEL_TIERS.some((tier) => tier === word);
