/**
 * The step `compose`: composes the prompt for a model. The caller's prompt stays complete; text from styles and profiles is appended as far as the
 * model's limit allows.
 */
import type { ModelCard } from '../../providers/protocol/index.ts';
import type { Composed } from '../interfaces/plan.ts';
import type { Profile, StylePreset } from '../interfaces/profile.ts';
import type { ManagerRequest } from '../interfaces/request.ts';
import { compileAdded, compileOwn, promptDialectOf, separatorFor } from '../prompt/prompt-compilers.ts';

/** The place of a variation in a prompt. */
export const PLACEHOLDER = '{{variation}}';

/** Where added text comes from. */
export interface PromptSources {
  readonly styles: Readonly<Record<string, StylePreset>>;
  readonly profile?: Profile | undefined;
  /** Colours that the profile prefers. */
  readonly palette?: readonly string[] | undefined;
}

/** The model that the prompt is for. */
export interface TargetModel {
  readonly model: string;
  readonly card: Pick<ModelCard, 'maxPromptLength' | 'negativePrompt'>;
}

/** Replaces every placeholder. The variation is inserted as plain text: patterns such as `$&` have no meaning. */
export function withVariation(prompt: string, variation: string | undefined): string {
  return variation === undefined ? prompt : prompt.replaceAll(PLACEHOLDER, () => variation);
}

/** Returns what styles, the profile and its preferences add to the prompt, for any model. */
export function addedParts(
  { style }: ManagerRequest,
  { styles, profile, palette = [] }: PromptSources,
): Composed['parts'] {
  const preset = presetOf(style, styles);
  const parts: Composed['parts'] = [
    ...(preset === undefined ? [] : [{ from: 'style' as const, text: preset.prompt }]),
    ...(profile?.styleGuidance === undefined ? [] : [{ from: 'profile' as const, text: profile.styleGuidance }]),
    ...(palette.length === 0 ? [] : [{ from: 'memory' as const, text: `in ${palette.join(' and ')}` }]),
  ];
  return parts.filter(({ text }) => text !== '');
}

/** @param target without one, the prompt is composed without a limit and for no dialect */
export function compose(request: ManagerRequest, sources: PromptSources, target?: TargetModel): Composed {
  const { prompt = '', negativePrompt, variation, style, onUnsupported } = request;
  const dialect = target === undefined ? 'tags' : promptDialectOf(target.model);
  const own = compileOwn(withVariation(prompt, variation), dialect);
  const preset = presetOf(style, sources.styles);
  const negative = [negativePrompt, preset?.negativePrompt].filter((each) => each !== undefined).join(', ');
  const takesNegative = target === undefined || target.card.negativePrompt !== undefined;
  // The caller's own negative prompt is moved only where the request allows it. The caller did not name the one of a preset.
  const isMoved = negative !== '' && !takesNegative && (negativePrompt === undefined || onUnsupported === 'adapt');
  const toAdd: Composed['parts'] = [
    ...addedParts(request, sources),
    ...(isMoved ? [{ from: 'negative' as const, text: `without ${negative}` }] : []),
  ];
  const maxLength = target?.card.maxPromptLength ?? Number.POSITIVE_INFINITY;
  let { text } = own;
  const parts: Composed['parts'][number][] = [];
  const notes = [...own.notes];
  for (const part of toAdd) {
    const separator = text === '' ? '' : separatorFor(text, dialect);
    const compiled = compileAdded(part.text, dialect);
    const fitting = cutAtWord(compiled, maxLength - text.length - separator.length);
    if (fitting !== compiled)
      notes.push(`${part.from}: ${fitting === '' ? 'left out' : 'cut'}, the model takes ${maxLength} characters`);
    if (fitting === '') continue;
    text += separator + fitting;
    parts.push({ from: part.from, text: fitting });
  }
  if (isMoved && negativePrompt !== undefined)
    notes.push('negativePrompt: moved into the prompt, because the model has no negative prompt');
  const leftNegative = takesNegative ? negative || undefined : isMoved ? undefined : negativePrompt;
  return {
    own: own.text,
    ...(preset !== undefined && style !== undefined && { style }),
    prompt: text,
    ...(leftNegative !== undefined && { negativePrompt: leftNegative }),
    parts,
    notes,
  };
}

function presetOf(style: string | undefined, styles: PromptSources['styles']): StylePreset | undefined {
  return style !== undefined && Object.hasOwn(styles, style) ? styles[style] : undefined;
}

/** Returns as many complete words as fit. */
export function cutAtWord(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const cut = text.slice(0, Math.max(maxLength + 1, 0));
  const end = cut.lastIndexOf(' ');
  return end <= 0 ? '' : trimEnd(cut.slice(0, end));
}

/** Removes spaces, commas and semicolons from the end. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && ' ,;'.includes(text[end - 1] ?? '')) end--;
  return text.slice(0, end);
}
