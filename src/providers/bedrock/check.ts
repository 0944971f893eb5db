/** Refuses options that a model does not have, requests without the ones it requires, and regions that do not serve it. */
import { brokenRules, unknownOptions } from '../kit/families/option-rules.ts';
import { STABILITY_TASK_OPTIONS, type StabilityTask, stabilityRules } from '../kit/families/stability.ts';
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { regionsOf, serviceOf } from './models.ts';
import type { BedrockOptions, BedrockSettings } from './wire.ts';

/** By service; the models that generate from a prompt have an empty service name. */
const TASKS: Readonly<Record<string, StabilityTask>> = {
  '': 'generate',
  inpaint: 'inpaint',
  'erase-object': 'erase',
  outpaint: 'outpaint',
  'search-replace': 'search-and-replace',
  'search-recolor': 'search-and-recolor',
  'control-sketch': 'sketch',
  'control-structure': 'structure',
  'style-guide': 'style',
  'style-transfer': 'style-transfer',
  'creative-upscale': 'upscale',
  'conservative-upscale': 'upscale',
};

export function check(args: RequestArgs<BedrockOptions, BedrockSettings> | EditArgs<BedrockOptions, BedrockSettings>) {
  const { model, options, settings } = args;
  const task = TASKS[serviceOf(model)];
  const regions = regionsOf(model);
  const wrongRegion =
    regions === undefined || regions.includes(settings.region)
      ? []
      : [
          {
            code: 'unsupported' as const,
            field: 'model',
            message: `${model} is not available in ${settings.region}`,
            hint: `Pass the setting region: ${regions.join(' or ')}.`,
          },
        ];
  return [
    ...wrongRegion,
    ...unknownOptions(options, task === undefined ? [] : STABILITY_TASK_OPTIONS[task], model),
    ...brokenRules(stabilityRules(args, task)),
  ];
}
