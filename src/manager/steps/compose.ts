/** Step 1: the words. What the caller wrote stays whole; what styles and profiles add goes in behind it, as far as there is room. */
import type { ModelCard } from '../../providers/protocol/index.ts';
import { compileAdded, compileOwn, promptDialectOf, separatorFor } from '../prompt/prompt-compilers.ts';
import type { Composed, ManagerRequest, Profile, StylePreset } from '../types.ts';

const PLACE = '{{variation}}';

export interface PromptSources {
  readonly styles: Readonly<Record<string, StylePreset>>;
  readonly profile?: Profile | undefined;
  /** What the profile remembers of colours. */
  readonly palette?: readonly string[] | undefined;
}

/** For whom the words are. */
export interface Reader {
  readonly model: string;
  readonly card: Pick<ModelCard, 'maxPromptLength' | 'negativePrompt'>;
}

/** The caller's own words with the variation in every place. What stands there is text: no `$&` means anything. */
export function withVariation(prompt: string, variation: string | undefined): string {
  return variation === undefined ? prompt : prompt.replaceAll(PLACE, () => variation);
}

/** @param reader without one the words are as they come */
export function compose(
  { prompt = '', negativePrompt, variation, style, onUnsupported }: ManagerRequest,
  { styles, profile, palette = [] }: PromptSources,
  reader?: Reader,
): Composed {
  const dialect = reader === undefined ? 'tags' : promptDialectOf(reader.model);
  const own = compileOwn(withVariation(prompt, variation), dialect);
  const preset = style !== undefined && Object.hasOwn(styles, style) ? styles[style] : undefined;
  const unwanted = [negativePrompt, preset?.negativePrompt].filter((each) => each !== undefined).join(', ');
  const takesNegative = reader === undefined || reader.card.negativePrompt !== undefined;
  // The caller's own wish is only moved where that is allowed; what a preset does not want was never asked for by name.
  const isFolded = unwanted !== '' && !takesNegative && (negativePrompt === undefined || onUnsupported === 'adapt');
  const wanted: Composed['parts'] = [
    ...(preset === undefined ? [] : [{ from: 'style' as const, text: preset.prompt }]),
    ...(profile?.styleGuidance === undefined ? [] : [{ from: 'profile' as const, text: profile.styleGuidance }]),
    ...(palette.length === 0 ? [] : [{ from: 'memory' as const, text: `in ${palette.join(' and ')}` }]),
    ...(isFolded ? [{ from: 'negative' as const, text: `without ${unwanted}` }] : []),
  ];
  const limit = reader?.card.maxPromptLength ?? Number.POSITIVE_INFINITY;
  let { text } = own;
  const parts: Composed['parts'][number][] = [];
  const notes = [...own.notes];
  for (const part of wanted) {
    const separator = text === '' ? '' : separatorFor(text, dialect);
    const whole = compileAdded(part.text, dialect);
    const fitting = atWordEnd(whole, limit - text.length - separator.length);
    if (fitting !== whole)
      notes.push(`${part.from}: ${fitting === '' ? 'left out' : 'cut'}, the model takes ${limit} characters`);
    if (fitting === '') continue;
    text += separator + fitting;
    parts.push({ from: part.from, text: fitting });
  }
  if (isFolded && negativePrompt !== undefined)
    notes.push('negativePrompt: the model has none, so it went into the prompt');
  const left = takesNegative ? unwanted || undefined : isFolded ? undefined : negativePrompt;
  return {
    own: own.text,
    ...(preset !== undefined && style !== undefined && { style }),
    prompt: text,
    ...(left !== undefined && { negativePrompt: left }),
    parts,
    notes,
  };
}

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
