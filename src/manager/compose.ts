/** Step 1: the words. What the caller wrote stays whole; what styles and profiles add goes in behind it, as far as there is room. */
import type { ModelCard } from '../providers/protocol/index.ts';
import type { Composed, ManagerRequest, Profile, StylePreset } from './types.ts';

const PLACE = '{{variation}}';

export interface Words {
  readonly styles: Readonly<Record<string, StylePreset>>;
  readonly profile?: Profile | undefined;
}

/** The caller's own words with the variation in every place. What stands there is text: no `$&` means anything. */
export function withVariation(prompt: string, variation: string | undefined): string {
  return variation === undefined ? prompt : prompt.replaceAll(PLACE, () => variation);
}

/** @param card limits and fields of the model that the words are for; without one there are none */
export function compose(
  { prompt = '', negativePrompt, variation, style, onUnsupported }: ManagerRequest,
  { styles, profile }: Words,
  card?: Pick<ModelCard, 'maxPromptLength' | 'negativePrompt'>,
): Composed {
  const own = withVariation(prompt, variation);
  const preset = style !== undefined && Object.hasOwn(styles, style) ? styles[style] : undefined;
  const unwanted = [negativePrompt, preset?.negativePrompt].filter((each) => each !== undefined).join(', ');
  const takesNegative = card === undefined || card.negativePrompt !== undefined;
  // The caller's own wish is only moved where that is allowed; what a preset does not want was never asked for by name.
  const isFolded = unwanted !== '' && !takesNegative && (negativePrompt === undefined || onUnsupported === 'adapt');
  const wanted: Composed['parts'] = [
    ...(preset === undefined ? [] : [{ from: 'style' as const, text: preset.prompt }]),
    ...(profile?.styleGuidance === undefined ? [] : [{ from: 'profile' as const, text: profile.styleGuidance }]),
    ...(isFolded ? [{ from: 'negative' as const, text: `without ${unwanted}` }] : []),
  ];
  const limit = card?.maxPromptLength ?? Number.POSITIVE_INFINITY;
  let text = own;
  const parts: Composed['parts'][number][] = [];
  const notes: string[] = [];
  for (const part of wanted) {
    const room = limit - text.length - SEPARATOR.length;
    const fitting = atWordEnd(part.text, room);
    if (fitting !== part.text)
      notes.push(`${part.from}: ${fitting === '' ? 'left out' : 'cut'}, the model takes ${limit} characters`);
    if (fitting === '') continue;
    text = text === '' ? fitting : text + SEPARATOR + fitting;
    parts.push({ from: part.from, text: fitting });
  }
  if (isFolded && negativePrompt !== undefined)
    notes.push('negativePrompt: the model has none, so it went into the prompt');
  const kept =
    isFolded || unwanted === '' ? (isFolded ? undefined : negativePrompt) : takesNegative ? unwanted : negativePrompt;
  return { prompt: text, ...(kept !== undefined && { negativePrompt: kept }), parts, notes };
}

const SEPARATOR = ', ';

/** As many whole words as fit. */
export function atWordEnd(text: string, room: number): string {
  if (text.length <= room) return text;
  const cut = text.slice(0, Math.max(room + 1, 0));
  const end = cut.lastIndexOf(' ');
  return end <= 0 ? '' : withoutEnd(cut.slice(0, end));
}

/** Without blanks and commas at the end. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && ' ,;'.includes(text[end - 1] ?? '')) end--;
  return text.slice(0, end);
}
