/** Collects the texts of a request that must not appear in errors, warnings or logs, even if the vendor repeats them. */
import type { RequestArgs } from '../adapter/request-args.ts';

/** Returns the prompt, the negative prompt, a style that is not one of the vendor's names, and sentences in the options. */
export function confidentialTexts({
  prompt,
  negativePrompt,
  style,
  card,
  options,
}: Pick<RequestArgs<unknown>, 'prompt' | 'negativePrompt' | 'style' | 'card' | 'options'>): readonly string[] {
  const isOwnStyle = style !== undefined && !card.styles?.includes(style);
  return [prompt, negativePrompt ?? '', ...(isOwnStyle ? [style] : []), ...sentencesIn(options)].filter(
    (each) => each !== '',
  );
}

/** Returns all texts of more than one word, at any depth. */
function sentencesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return /\S\s+\S/.test(value) ? [value] : [];
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  return Object.values(value).flatMap(sentencesIn);
}
