/** The steps of `resolveRequest` that every request takes, also one that has only a prompt. */
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
