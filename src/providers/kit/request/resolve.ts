/** A request held against a model card: each field is mapped, adapted with a warning, or refused. Pure. */
import type * as z from 'zod/mini';
import type { AppliedSettings, Warning } from '../../protocol/generation.ts';
import type { ModelCard } from '../../protocol/model-card.ts';
import type { Refusal } from '../../protocol/plan.ts';
import type { editRequestSchema } from '../../protocol/request.ts';
import type { Operation } from '../../protocol/vocabulary.ts';
import type { ProviderDefinition, ResolvedFields } from '../adapter/definition.ts';
import { chooseSize, sizeText } from '../sizes.ts';
import { suggest } from '../suggest.ts';
import { chooseModel, modelsOf, operationOf } from './cards.ts';

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

/** Half a year: vendors announce the end of a model about so long before it. */
const NOTICE_MS = 183 * 24 * 60 * 60_000;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A request as it arrives: an edit may have no prompt, and its pictures may be missing. */
export type AnyRequest = z.infer<typeof editRequestSchema>;

export interface ResolveContext {
  /** The provider's own, as its schema gave them. */
  readonly settings: unknown;
  /** `YYYY-MM-DD`, for shutdown dates. */
  readonly today: string;
  /** `baseUrl` names a server that is not the vendor's: it may still have models that the vendor has shut down. */
  readonly isElsewhere?: boolean;
}

export function resolveRequest(
  definition: ProviderDefinition,
  request: AnyRequest,
  { settings, today, isElsewhere = false }: ResolveContext,
): Resolution {
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

  const operation = operationOf(request);
  const { model, card, likeModel } = chooseModel(definition, request.model, { settings, operation });
  checkModel();
  const fields: Writable<ResolvedFields> = { prompt: '' };
  const formats = (operation && card.edit?.formats) ?? card.formats;

  resolvePrompt();
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
  if (request.quality !== undefined) {
    const word = card.qualities?.[request.quality];
    const tier = card.qualityTiers?.[request.quality];
    if (word !== undefined) fields.quality = word;
    if (tier !== undefined) fields.tier = tier;
    if (word === undefined && tier === undefined) leaveOut('quality', model);
  }
  resolveSize();
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
  resolveFormat();
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
  const { prompt: _, size, tier, quality = tier, ...plain } = fields;
  const applied = {
    model,
    n,
    ...plain,
    ...(quality !== undefined && { quality }),
    ...(size && { size: sizeText(size) }),
    ...(operation && { operation }),
  };
  return { model, card, n, fields, ...(operation && { operation }), warnings, refusals, applied };

  function checkModel() {
    if (likeModel !== undefined) {
      const near = suggest(model, Object.keys(modelsOf(definition, settings)));
      warnings.push({
        code: 'unknown_model',
        field: 'model',
        message: `${id}: no card for model ${model.slice(0, 80)}; it is treated like ${likeModel}, and its price is unknown.${near ? ` ${near}` : ''}`,
      });
    } else if (card.shutdown !== undefined && card.shutdown <= today && !isElsewhere) {
      const hint = card.successor === undefined ? undefined : `Use ${card.successor}.`;
      refuse('model_retired', 'model', `model ${model} was shut down on ${card.shutdown}`, hint);
    } else if (card.deprecated !== undefined || isNear(card.shutdown, today)) {
      const end = endOf(card.shutdown, today);
      const message = `${id}: model ${model} ${end}${card.successor ? `; use ${card.successor}` : ''}`;
      warnings.push({ code: 'deprecated_model', field: 'model', message });
    }
    if (card.editsOnly && operation === undefined) {
      const hint = 'Pass inputImages, or choose a model that starts from a prompt.';
      refuse('unsupported', 'model', `${model} makes pictures from pictures only`, hint);
    }
  }

  function resolvePrompt() {
    const { prompt } = request;
    const { maxPromptLength, promptIsOptional } = card;
    if (prompt === undefined) {
      // Whether an operation that the model lacks would need words is not the question.
      const hasOperation = operation === undefined || card.edit?.operations.includes(operation);
      if (maxPromptLength === 0 || promptIsOptional || !hasOperation) return;
      refuse('invalid_request', 'prompt', `${operation} with ${model} needs a prompt`, 'Say what to draw.');
    } else if (maxPromptLength === 0) {
      const what = operation === undefined ? model : `${operation} with ${model}`;
      lacks('prompt', `${what} takes no prompt`, "Leave prompt out, or pass onUnsupported: 'adapt'.");
    } else {
      fields.prompt = prompt.trim();
      const { length } = fields.prompt;
      if (length <= maxPromptLength) return;
      const message = `the prompt has ${length} characters, ${model} takes ${maxPromptLength}`;
      refuse('invalid_request', 'prompt', message, 'Shorten the prompt.');
    }
  }

  function resolveFormat() {
    const { format } = request;
    if (format === undefined) {
      // SVG is active content: it is handed out only to whoever asked for it, and then what came would be of no use.
      if (!formats.every((each) => each === 'svg')) return;
      refuse('invalid_request', 'format', `${model} makes SVG only, which has to be asked for`, "Pass format: 'svg'.");
      return;
    }
    if (card.formatIsFixed && formats.length > 1) {
      const hint = "Leave format out, or pass onUnsupported: 'adapt'; the result says what came.";
      lacks('format', `${model} decides the format itself`, hint, `it will be one of ${formats.join(', ')}`);
    } else if (formats.includes(format)) {
      fields.format = format;
    } else {
      const hint = `Formats are ${formats.join(', ')}.`;
      const mayGoOn = lacks('format', `${model} has no format ${format}`, hint, `it will be ${formats[0]}`);
      if (mayGoOn) fields.format = formats[0]!;
    }
  }

  function resolveSize() {
    const { size, aspectRatio } = request;
    if (size !== undefined && aspectRatio !== undefined) {
      refuse('invalid_request', 'aspectRatio', 'size and aspectRatio were both given', 'Pass one of them.');
      return;
    }
    const asked = aspectRatio === undefined ? size : { aspectRatio };
    if (asked === undefined) return;
    const field = typeof asked === 'string' ? 'size' : 'aspectRatio';
    if (card.sizes.kind === 'none') {
      leaveOut(field, model);
      return;
    }
    const answer = chooseSize(card.sizes, asked, fields.tier);
    if (answer.kind === 'fits') Object.assign(fields, answer.choice);
    else if (lacks(field, answer.why, answer.hint, `it will be ${sizeText(answer.nearest.size)}`))
      Object.assign(fields, answer.nearest);
  }

  function checkEdit(wanted: Operation) {
    const { edit } = card;
    const count = request.inputImages?.length ?? 0;
    const others = Object.entries(modelsOf(definition, settings)).flatMap(([name, { shutdown, edit: can }]) =>
      can?.operations.includes(wanted) && !(shutdown !== undefined && shutdown <= today) ? [name] : [],
    );
    const useOther = others.length > 0 ? `Use ${others.slice(0, 3).join(' or ')}.` : undefined;
    if (edit === undefined || definition.toEdit === undefined) {
      const hint = useOther ?? 'Choose a provider that can.';
      refuse('unsupported', 'inputImages', `${model} cannot edit pictures`, hint);
      return;
    }
    if (!edit.operations.includes(wanted)) {
      const hint = useOther ?? `It can ${edit.operations.join(', ')}.`;
      refuse('unsupported', 'operation', `${model} cannot ${wanted}`, hint);
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
    if ((wanted === 'inpaint' || wanted === 'erase') && request.mask === undefined) {
      refuse('invalid_request', 'mask', `${wanted} needs a mask`, 'Pass a PNG: white = repaint, black = keep.');
    }
  }
}

function endOf(shutdown: string | undefined, today: string): string {
  if (shutdown === undefined) return 'is deprecated';
  if (shutdown > today) return `will be shut down on ${shutdown}`;
  return `was shut down by its vendor on ${shutdown}; this server may still have it`;
}

/** Whether an end is so near that whoever uses the model should know. */
function isNear(shutdown: string | undefined, today: string): boolean {
  return shutdown !== undefined && Date.parse(shutdown) - Date.parse(today) <= NOTICE_MS;
}
