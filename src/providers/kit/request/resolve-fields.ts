/** One function per field of a request: each maps the field to the model's terms, adapts it with a warning, or refuses it. */
import { suggest } from '../../protocol/input/suggest.ts';
import { chooseSize, sizeText } from '../sizes.ts';
import type { ResolveStep } from './resolve-step.ts';

export function resolvePrompt({ adaptOrRefuse, card, fields, model, operation, refuse, request }: ResolveStep): void {
  const { prompt } = request;
  const { maxPromptLength, promptIsOptional } = card;
  if (prompt === undefined) {
    // If the model does not have the operation, `checkEdit` refuses it: whether it needs a prompt does not matter.
    const hasOperation = operation === undefined || card.edit?.operations.includes(operation);
    if (maxPromptLength === 0 || promptIsOptional || !hasOperation) return;
    const hint = 'Pass a prompt that says what to generate.';
    refuse('invalid_request', 'prompt', `${operation} with ${model} needs a prompt`, hint);
    return;
  }
  if (maxPromptLength === 0) {
    const what = operation === undefined ? model : `${operation} with ${model}`;
    adaptOrRefuse('prompt', `${what} takes no prompt`, "Leave prompt out, or pass onUnsupported: 'adapt'.");
    return;
  }
  fields.prompt = prompt.trim();
  const { length } = fields.prompt;
  if (length <= maxPromptLength) return;
  const message = `the prompt has ${length} characters, ${model} takes ${maxPromptLength}`;
  refuse('invalid_request', 'prompt', message, 'Shorten the prompt.');
}

export function resolveNegativePrompt({ card, fields, leaveOut, refuse, request }: ResolveStep): void {
  const { negativePrompt } = request;
  if (negativePrompt === undefined) return;
  if (card.negativePrompt === undefined) leaveOut('negativePrompt');
  else if (negativePrompt.length > card.negativePrompt.maxLength) {
    const message = `negativePrompt is longer than ${card.negativePrompt.maxLength} characters`;
    refuse('invalid_request', 'negativePrompt', message, 'Shorten it.');
  } else fields.negativePrompt = negativePrompt;
}

export function resolveQuality({ card, fields, leaveOut, request: { quality } }: ResolveStep): void {
  if (quality === undefined) return;
  const word = card.qualities?.[quality];
  const tier = card.qualityTiers?.[quality];
  if (word !== undefined) fields.quality = word;
  if (tier !== undefined) fields.tier = tier;
  if (word === undefined && tier === undefined) leaveOut('quality');
}

export function resolveSize({ adaptOrRefuse, card, fields, leaveOut, refuse, request }: ResolveStep): void {
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

export function resolveStyle({ adaptOrRefuse, card, fields, leaveOut, model, request: { style } }: ResolveStep): void {
  if (style === undefined) return;
  if (card.styles?.includes(style)) fields.style = style;
  else if (card.styles === undefined) leaveOut('style');
  else {
    const hint = suggest(style, card.styles) ?? `Styles are ${card.styles.join(', ')}.`;
    adaptOrRefuse('style', `${model} has no style ${JSON.stringify(style.slice(0, 60))}`, hint);
  }
}

export function resolveSeed({ card, fields, leaveOut, refuse, request: { seed } }: ResolveStep): void {
  if (seed === undefined) return;
  if (card.seed === undefined) leaveOut('seed');
  else if (seed < card.seed.min || seed > card.seed.max) {
    const message = `seed ${seed} is outside ${card.seed.min} to ${card.seed.max}`;
    refuse('invalid_request', 'seed', message, 'Pass a seed within these bounds.');
  } else fields.seed = seed;
}

export function resolveFormat({
  adaptOrRefuse,
  card,
  fields,
  model,
  operation,
  refuse,
  request: { format },
}: ResolveStep): void {
  const formats = (operation && card.edit?.formats) ?? card.formats;
  if (format === undefined) {
    // SVG is active content, so it is returned only if it was requested. Without a request, the result would be unusable.
    if (!formats.every((each) => each === 'svg')) return;
    const message = `${model} generates SVG only, which must be requested`;
    refuse('invalid_request', 'format', message, "Pass format: 'svg'.");
    return;
  }
  if (card.formatIsFixed && formats.length > 1) {
    const hint = "Leave format out, or pass onUnsupported: 'adapt'. The result states the actual format.";
    adaptOrRefuse('format', `${model} decides the format itself`, hint, `it will be one of ${formats.join(', ')}`);
  } else if (formats.includes(format)) {
    fields.format = format;
  } else {
    const hint = `Formats are ${formats.join(', ')}.`;
    const message = `${model} has no format ${format}`;
    if (adaptOrRefuse('format', message, hint, `${formats[0]} is used instead`)) fields.format = formats[0]!;
  }
}

export function resolveBackground({ card, fields, leaveOut, refuse, request: { background } }: ResolveStep): void {
  if (background === undefined) return;
  if (!card.backgrounds?.includes(background)) leaveOut('background');
  else if (background === 'transparent' && fields.format === 'jpeg') {
    refuse('invalid_request', 'background', 'a JPEG cannot be transparent', 'Pass format png or webp.');
  } else fields.background = background;
}

export function resolveSafety({ card, fields, leaveOut, request: { safety } }: ResolveStep): void {
  if (safety === undefined || safety === 'default') return;
  const word = card.safety?.[safety];
  if (word !== undefined) fields.safety = word;
  else leaveOut('safety');
}
