/** Refuses options of the other product, which the vendor would ignore. */
import { brokenRules, type OptionRule, unknownOptions } from '../kit/families/option-rules.ts';
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { isPhoton } from './models.ts';
import { type LumaOptions, type LumaSettings, PHOTON_OPTIONS, UNI_OPTIONS } from './wire.ts';

const MAX_REFERENCES = { edit: 8, photon: 4 };

export function check(args: RequestArgs<LumaOptions, LumaSettings> | EditArgs<LumaOptions, LumaSettings>) {
  const { model, options, settings } = args;
  const known: readonly string[] = isPhoton(model) ? PHOTON_OPTIONS : UNI_OPTIONS;
  const references = options.image_ref ?? [];
  const furtherInputs = 'inputs' in args ? args.inputs.length - 1 : 0;
  const rules: readonly OptionRule[] = [
    [
      isPhoton(model) && references.length > MAX_REFERENCES.photon,
      'options.image_ref',
      `${model} takes at most ${MAX_REFERENCES.photon} references`,
      'Pass fewer.',
    ],
    [
      'inputs' in args && references.length + furtherInputs > MAX_REFERENCES.edit,
      'options.image_ref',
      `an edit takes at most ${MAX_REFERENCES.edit} references in addition to the image to edit`,
      'Pass fewer.',
    ],
    [
      isPhoton(model) && references.some((each) => 'generation_id' in each),
      'options.image_ref',
      `${model} takes references by URL only`,
      'Pass url.',
    ],
    [
      !isPhoton(model) && references.some((each) => 'weight' in each),
      'options.image_ref',
      `${model} has no weight for references`,
      'Leave it out, or explain the purpose of the image in the prompt.',
    ],
  ];
  return [
    ...(isPhoton(model) && settings.photonApiKey === undefined
      ? [
          {
            field: 'model',
            message: `${model} needs a Dream Machine key; the key of the Agents API does not work for it`,
            hint: "Pass it as the setting photonApiKey, or set LUMAAI_API_KEY and use getProvider('luma').",
          },
        ]
      : []),
    ...unknownOptions(options, known, model),
    ...brokenRules(rules),
  ];
}
