/** A request held against a model card: each field is mapped, adapted with a warning, or refused. Pure. */
import type { AppliedSettings, Warning } from '../protocol/generation.ts';
import type { ModelCard } from '../protocol/model-card.ts';
import type { Refusal } from '../protocol/plan.ts';
import type { ImageRequest } from '../protocol/request.ts';
import type { Operation } from '../protocol/vocabulary.ts';
import type { ProviderDefinition, ResolvedFields } from './definition.ts';
import { chooseSize, sizeText } from './sizes.ts';
import { suggest } from './suggest.ts';

export interface Resolution {
  readonly model: string;
  readonly card: ModelCard;
  readonly n: number;
  readonly fields: ResolvedFields;
  /** Absent: the request starts from the prompt alone. */
  readonly operation?: Operation;
  readonly warnings: readonly Warning[];
  readonly refusals: readonly Refusal[];
  readonly applied: AppliedSettings;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** @param today `YYYY-MM-DD`, for shutdown dates */
export function resolveRequest(definition: ProviderDefinition, request: ImageRequest, today: string): Resolution {
  const id = definition.about.id;
  const warnings: Warning[] = [];
  const refusals: Refusal[] = [];
  const adapts = request.onUnsupported === 'adapt';
  const refuse = (code: Refusal['code'], field: string, message: string, hint?: string) =>
    refusals.push({ code, field, message: `${id}: ${message}`, ...(hint !== undefined && { hint }) });
  /** Left out or moved when the caller allows it, else refused. @returns true when it may go on adapted */
  const lacks = (field: string, message: string, hint: string, instead = 'it is left out') => {
    if (adapts) warnings.push({ code: 'adapted', field, message: `${id}: ${message}; ${instead}` });
    else refuse('unsupported', field, message, hint);
    return adapts;
  };
  const leaveOut = (field: string, model: string) =>
    lacks(field, `${model} has no ${field}`, `Leave ${field} out, or pass onUnsupported: 'adapt'.`);

  const model = request.model ?? definition.defaultModel;
  const known = Object.hasOwn(definition.models, model) ? definition.models[model] : undefined;
  const card = known ?? definition.models[definition.defaultModel]!;
  checkModel();
  const isEdit = request.inputImages !== undefined || request.mask !== undefined || request.operation !== undefined;
  const operation = isEdit ? (request.operation ?? (request.mask === undefined ? 'edit' : 'inpaint')) : undefined;
  const fields: Writable<ResolvedFields> = { prompt: request.prompt.trim() };
  const formats = (isEdit && card.edit?.formats) || card.formats;

  if (fields.prompt.length > card.maxPromptLength) {
    refuse(
      'invalid_request',
      'prompt',
      `the prompt has ${fields.prompt.length} characters, ${model} takes ${card.maxPromptLength}`,
      'Shorten the prompt.',
    );
  }
  if (request.negativePrompt !== undefined) {
    if (card.negativePrompt === undefined) leaveOut('negativePrompt', model);
    else if (request.negativePrompt.length > card.negativePrompt.maxLength) {
      refuse(
        'invalid_request',
        'negativePrompt',
        `negativePrompt is longer than ${card.negativePrompt.maxLength} characters`,
        'Shorten it.',
      );
    } else fields.negativePrompt = request.negativePrompt;
  }
  resolveSize();
  if (request.quality !== undefined) {
    const word = card.qualities?.[request.quality];
    if (word !== undefined) fields.quality = word;
    else leaveOut('quality', model);
  }
  if (request.style !== undefined) {
    if (card.styles?.includes(request.style)) fields.style = request.style;
    else if (card.styles === undefined) leaveOut('style', model);
    else {
      const hint = suggest(request.style, card.styles) ?? `Styles are ${card.styles.join(', ')}.`;
      lacks('style', `${model} has no style ${JSON.stringify(request.style.slice(0, 60))}`, hint);
    }
  }
  if (request.seed !== undefined) {
    if (card.seed === undefined) leaveOut('seed', model);
    else if (request.seed < card.seed.min || request.seed > card.seed.max) {
      refuse(
        'invalid_request',
        'seed',
        `seed ${request.seed} is outside ${card.seed.min} to ${card.seed.max}`,
        'Pass a seed within these bounds.',
      );
    } else fields.seed = request.seed;
  }
  if (request.format !== undefined) {
    if (formats.includes(request.format)) fields.format = request.format;
    else if (
      lacks(
        'format',
        `${model} has no format ${request.format}`,
        `Formats are ${formats.join(', ')}.`,
        `it will be ${formats[0]}`,
      )
    ) {
      fields.format = formats[0]!;
    }
  }
  if (request.background !== undefined) {
    if (!card.backgrounds?.includes(request.background)) leaveOut('background', model);
    else if (request.background === 'transparent' && fields.format === 'jpeg') {
      refuse('invalid_request', 'background', 'a JPEG cannot be transparent', 'Pass format png or webp.');
    } else fields.background = request.background;
  }
  if (request.safety !== undefined && request.safety !== 'default') {
    const word = card.safety?.[request.safety];
    if (word !== undefined) fields.safety = word;
    else leaveOut('safety', model);
  }
  if (operation !== undefined) checkEdit(operation);

  const n = request.n ?? 1;
  const { prompt: _, size, ...plain } = fields;
  const applied = { model, n, ...plain, ...(size && { size: sizeText(size) }), ...(operation && { operation }) };
  return { model, card, n, fields, ...(operation && { operation }), warnings, refusals, applied };

  function checkModel() {
    if (known === undefined) {
      const near = suggest(model, Object.keys(definition.models));
      warnings.push({
        code: 'unknown_model',
        field: 'model',
        message: `${id}: no card for model ${model.slice(0, 80)}; it is treated like ${definition.defaultModel}.${near ? ` ${near}` : ''}`,
      });
    } else if (known.shutdown !== undefined && known.shutdown <= today) {
      const hint = known.successor === undefined ? undefined : `Use ${known.successor}.`;
      refuse('model_retired', 'model', `model ${model} was shut down on ${known.shutdown}`, hint);
    } else if (known.shutdown !== undefined || known.deprecated !== undefined) {
      const end = known.shutdown === undefined ? 'is deprecated' : `will be shut down on ${known.shutdown}`;
      const message = `${id}: model ${model} ${end}${known.successor ? `; use ${known.successor}` : ''}`;
      warnings.push({ code: 'deprecated_model', field: 'model', message });
    }
  }

  function resolveSize() {
    if (request.size !== undefined && request.aspectRatio !== undefined) {
      refuse('invalid_request', 'aspectRatio', 'size and aspectRatio were both given', 'Pass one of them.');
      return;
    }
    const asked = request.aspectRatio === undefined ? request.size : { aspectRatio: request.aspectRatio };
    if (asked === undefined) return;
    const field = typeof asked === 'string' ? 'size' : 'aspectRatio';
    const answer = chooseSize(card.sizes, asked);
    if (answer.kind === 'fits') Object.assign(fields, answer.choice);
    else if (lacks(field, answer.why, answer.hint, `it will be ${sizeText(answer.nearest.size)}`))
      Object.assign(fields, answer.nearest);
  }

  function checkEdit(wanted: Operation) {
    const { edit } = card;
    const count = request.inputImages?.length ?? 0;
    if (edit === undefined || definition.toEdit === undefined) {
      refuse(
        'unsupported',
        'inputImages',
        `${model} cannot edit pictures`,
        'Choose a model that can; its card has `edit`.',
      );
      return;
    }
    if (!edit.operations.includes(wanted)) {
      refuse('unsupported', 'operation', `${model} cannot ${wanted}`, `It can ${edit.operations.join(', ')}.`);
    }
    if (count === 0)
      refuse('invalid_request', 'inputImages', `${wanted} needs an input picture`, 'Pass its bytes in inputImages.');
    if (count > edit.maxInputs) {
      refuse(
        'invalid_request',
        'inputImages',
        `${count} input pictures were given, ${model} takes ${edit.maxInputs}`,
        'Pass fewer.',
      );
    }
    if (request.mask !== undefined && edit.mask === undefined) {
      refuse(
        'unsupported',
        'mask',
        `${model} takes no mask`,
        'Describe the change in the prompt, or choose a model that takes masks.',
      );
    }
    if (wanted === 'inpaint' && request.mask === undefined) {
      refuse('invalid_request', 'mask', 'inpaint needs a mask', 'Pass a PNG: white = repaint, black = keep.');
    }
  }
}
