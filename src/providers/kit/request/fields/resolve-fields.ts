/**
 * One function per field of a request: each maps the field to the model's terms, adapts it with a warning, or refuses it. Only requests
 * with such a field load this file.
 */
import { quoteName } from '../../../protocol/input/hide-keys.ts';
import { suggest } from '../../../protocol/input/suggest.ts';
import { sizeText } from '../../sizes.ts';
import { checkModel } from '../check-model.ts';
import { resolveFormat, resolvePrompt } from '../resolve-prompt.ts';
import type { ResolveStep } from '../resolve-step.ts';
import { checkEdit } from './check-edit.ts';
import { chooseSize } from './choose-size.ts';

/** All steps. In this order: quality sets the tier of the size, and the background depends on the format. */
export const ALL_STEPS: readonly ((step: ResolveStep) => void)[] = [
  checkModel,
  resolvePrompt,
  resolveNegativePrompt,
  resolveQuality,
  resolveSize,
  resolveStyle,
  resolveSeed,
  resolveFormat,
  resolveBackground,
  resolveSafety,
  checkEdit,
];

function resolveNegativePrompt({ card, fields, leaveOut, refuse, request }: ResolveStep): void {
  const { negativePrompt } = request;
  if (negativePrompt === undefined) return;
  if (card.negativePrompt === undefined) leaveOut('negativePrompt');
  else if (negativePrompt.length > card.negativePrompt.maxLength) {
    const message = `negativePrompt is longer than ${card.negativePrompt.maxLength} characters`;
    refuse('invalid_request', 'negativePrompt', message, 'Shorten it.');
  } else fields.negativePrompt = negativePrompt;
}

function resolveQuality({ card, fields, leaveOut, request: { quality } }: ResolveStep): void {
  if (quality === undefined) return;
  const word = card.qualities?.[quality];
  const tier = card.qualityTiers?.[quality];
  if (word !== undefined) fields.quality = word;
  if (tier !== undefined) fields.tier = tier;
  if (word === undefined && tier === undefined) leaveOut('quality');
}

function resolveSize({ adaptOrRefuse, card, fields, leaveOut, refuse, request }: ResolveStep): void {
  const { size, aspectRatio } = request;
  if (size !== undefined && aspectRatio !== undefined) {
    refuse('invalid_request', 'aspectRatio', 'size and aspectRatio were both given', 'Pass one of them.');
    return;
  }
  const requested = aspectRatio === undefined ? size : { aspectRatio };
  if (requested === undefined) return;
  const field = aspectRatio === undefined ? 'size' : 'aspectRatio';
  if (card.sizes.kind === 'none') {
    leaveOut(field);
    return;
  }
  const match = chooseSize(card.sizes, requested, fields.tier);
  if (match.kind === 'fits') Object.assign(fields, match.choice);
  else if (adaptOrRefuse(field, match.why, match.hint, `${sizeText(match.nearest.size)} is used instead`)) {
    Object.assign(fields, match.nearest);
  }
}

function resolveStyle({ adaptOrRefuse, card, fields, leaveOut, model, request: { style } }: ResolveStep): void {
  if (style === undefined) return;
  if (card.styles?.includes(style)) fields.style = style;
  else if (card.styles === undefined) leaveOut('style');
  else {
    const hint = suggest(style, card.styles) ?? `Styles are ${card.styles.join(', ')}.`;
    adaptOrRefuse('style', `${model} has no style ${quoteName(style)}`, hint);
  }
}

function resolveSeed({ card, fields, leaveOut, refuse, request: { seed } }: ResolveStep): void {
  if (seed === undefined) return;
  if (card.seed === undefined) leaveOut('seed');
  else if (seed < card.seed.min || seed > card.seed.max) {
    const message = `seed ${seed} is outside ${card.seed.min} to ${card.seed.max}`;
    refuse('invalid_request', 'seed', message, 'Pass a seed within these bounds.');
  } else fields.seed = seed;
}

function resolveBackground({ card, fields, leaveOut, refuse, request: { background } }: ResolveStep): void {
  if (background === undefined) return;
  if (!card.backgrounds?.includes(background)) leaveOut('background');
  else if (background === 'transparent' && fields.format === 'jpeg') {
    refuse('invalid_request', 'background', 'a JPEG cannot be transparent', 'Pass format png or webp.');
  } else fields.background = background;
}

function resolveSafety({ card, fields, leaveOut, request: { safety } }: ResolveStep): void {
  if (safety === undefined || safety === 'default') return;
  const word = card.safety?.[safety];
  if (word !== undefined) fields.safety = word;
  else leaveOut('safety');
}
