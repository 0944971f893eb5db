/** What one product has and the other does not: the vendor would ignore it. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { isPhoton } from './models.ts';
import { type Options, PHOTON_OPTIONS, type Settings, UNI_OPTIONS } from './wire.ts';

const MAX_REFERENCES = { edit: 8, photon: 4 };

export function check(args: RequestArgs<Options, Settings> | EditArgs<Options, Settings>) {
  const { model, options, settings } = args;
  const known: readonly string[] = isPhoton(model) ? PHOTON_OPTIONS : UNI_OPTIONS;
  const given = options.image_ref ?? [];
  const edited = 'inputs' in args ? args.inputs.length - 1 : 0;
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [
      isPhoton(model) && given.length > MAX_REFERENCES.photon,
      'options.image_ref',
      `${model} takes at most ${MAX_REFERENCES.photon} references`,
      'Leave some out.',
    ],
    [
      'inputs' in args && given.length + edited > MAX_REFERENCES.edit,
      'options.image_ref',
      `an edit takes at most ${MAX_REFERENCES.edit} references beside the picture to edit`,
      'Leave some out.',
    ],
    [
      isPhoton(model) && given.some((each) => 'generation_id' in each),
      'options.image_ref',
      `${model} takes references by their address only`,
      'Pass url.',
    ],
    [
      !isPhoton(model) && given.some((each) => 'weight' in each),
      'options.image_ref',
      `${model} knows no weight`,
      'Leave it out, or say in the prompt what the picture is for.',
    ],
  ];
  return [
    ...(isPhoton(model) && settings.photonApiKey === undefined
      ? [
          {
            field: 'model',
            message: `${model} needs a key of Dream Machine, which is another than that of the Agents API`,
            hint: "Pass it as photonApiKey, or set LUMAAI_API_KEY and use getProvider('luma').",
          },
        ]
      : []),
    ...Object.keys(options)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        field: `options.${name}`,
        message: `${model} has no option ${name}`,
        hint: `It has ${known.join(', ')}.`,
      })),
    ...rules.flatMap(([broken, field, message, hint]) => (broken ? [{ field, message, hint }] : [])),
  ];
}
