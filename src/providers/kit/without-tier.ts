import { isModelTier } from '../protocol/shared/model-tier.ts';

/** Returns the request without `best` or `light` as its model, for a provider that does not know these words and then uses its default. */
export function withoutTier<T extends { readonly model?: string | undefined }>(request: T): T {
  if (!isModelTier(request.model)) return request;
  const { model: _, ...rest } = request;
  return rest as T; // `model` is optional
}
