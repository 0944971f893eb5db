/** What a person wrote: a vendor may repeat it, and then it must not stand in an error, a warning or a log. */
import type { RequestArgs } from '../adapter/definition.ts';

/** The prompt, the negative prompt, a style that is none of the vendor's own names, and prose among the options. */
export function privateWords({
  prompt,
  negativePrompt,
  style,
  card,
  options,
}: Pick<RequestArgs<unknown>, 'prompt' | 'negativePrompt' | 'style' | 'card' | 'options'>): readonly string[] {
  const isOwnStyle = style !== undefined && !card.styles?.includes(style);
  return [prompt, negativePrompt ?? '', ...(isOwnStyle ? [style] : []), ...proseIn(options)].filter(
    (each) => each !== '',
  );
}

/** Texts of more than one word, at any depth. */
function proseIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return /\S\s+\S/.test(value) ? [value] : [];
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  return Object.values(value).flatMap(proseIn);
}
