import type { Operation } from '../../../protocol/vocabulary.ts';
import { modelsOf } from '../choose-model.ts';
import type { ResolveStep } from '../resolve-step.ts';

/** Checks the operation, the number of input images and the mask of an edit. */
export function checkEdit(step: ResolveStep): void {
  const { operation, card, definition, model, refuse, request } = step;
  if (operation === undefined) return;
  const { edit } = card;
  const useOther = suggestModels(step, operation);
  if (edit === undefined || definition.toEdit === undefined) {
    refuse('unsupported', 'inputImages', `${model} cannot edit images`, useOther ?? 'Choose a provider that can.');
    return;
  }
  if (!edit.operations.includes(operation)) {
    const hint = useOther ?? `It can ${edit.operations.join(', ')}.`;
    refuse('unsupported', 'operation', `${model} cannot ${operation}`, hint);
  }
  const count = request.inputImages?.length ?? 0;
  if (count === 0) {
    refuse('invalid_request', 'inputImages', `${operation} needs an input image`, 'Pass its bytes in inputImages.');
  }
  if (count > edit.maxInputs) {
    const message = `${count} input images were given, ${model} takes ${edit.maxInputs}`;
    refuse('invalid_request', 'inputImages', message, 'Pass fewer.');
  }
  if (request.mask !== undefined && edit.mask === undefined) {
    const hint = 'Describe the change in the prompt, or choose a model that takes masks.';
    refuse('unsupported', 'mask', `${model} takes no mask`, hint);
  }
  if ((operation === 'inpaint' || operation === 'erase') && request.mask === undefined) {
    refuse('invalid_request', 'mask', `${operation} needs a mask`, 'Pass a PNG: white = repaint, black = keep.');
  }
}

/** Names up to three models of the provider that support the operation. */
function suggestModels({ context: { settings, today }, definition }: ResolveStep, operation: Operation) {
  const names = Object.entries(modelsOf(definition, settings)).flatMap(([name, { shutdown, edit }]) => {
    const isShutDown = shutdown !== undefined && shutdown <= today;
    return edit?.operations.includes(operation) && !isShutDown ? [name] : [];
  });
  return names.length > 0 ? `Use ${names.slice(0, 3).join(' or ')}.` : undefined;
}
