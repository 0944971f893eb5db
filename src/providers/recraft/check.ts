/** Refuses options that a route does not have, and requests without the ones it requires. */
import { brokenRules, type OptionRule, unknownOptions } from '../kit/families/option-rules.ts';
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { isFlash, isStyled, isTool } from './models.ts';
import type { RecraftOptions } from './wire.ts';

const COMMON_OPTIONS = ['controls', 'block_nsfw', 'creativity', 'upscale'] as const;
const STYLE_OPTIONS = ['style_id', 'style_match'] as const;
/** For all style references together. */
const MAX_REFERENCE_BYTES = 64 * 1024 * 1024;
const SIDES = ['expand_left', 'expand_right', 'expand_top', 'expand_bottom'] as const;

function optionsOf(model: string, operation: string | undefined): readonly string[] {
  if (isTool(model)) return [];
  if (isFlash(model)) return COMMON_OPTIONS;
  if (isStyled(model)) return [...STYLE_OPTIONS, 'style_reference_urls', ...COMMON_OPTIONS];
  const own = operation === 'edit' ? ['strength'] : operation === 'outpaint' ? [...SIDES, 'zoom_out_percentage'] : [];
  const styled = /^recraftv[23]/.test(model) ? ['substyle'] : [];
  return [
    ...STYLE_OPTIONS,
    ...COMMON_OPTIONS,
    ...own,
    ...styled,
    ...(model.startsWith('recraftv3') ? ['text_layout'] : []),
  ];
}

export function check(args: RequestArgs<RecraftOptions> | EditArgs<RecraftOptions>) {
  const { model, options, size, style } = args;
  const operation = 'inputs' in args ? args.operation : undefined;
  const files = 'inputs' in args ? args.inputs : [];
  const known = optionsOf(model, operation);
  const rules: readonly OptionRule[] = [
    [
      operation === 'edit' && !isTool(model) && !isStyled(model) && options.strength === undefined,
      'options.strength',
      `${model} needs to know how far the result may differ from the input image`,
      'Pass options.strength, from 0 (the same) to 1.',
    ],
    [
      operation === 'outpaint' &&
        size === undefined &&
        options.zoom_out_percentage === undefined &&
        !SIDES.some((side) => (options[side] ?? 0) > 0),
      'options.expand_left',
      `${model} needs to know on which sides to extend the image`,
      'Pass size, options.zoom_out_percentage, or one or more of options.expand_left, _right, _top, _bottom.',
    ],
    [
      options.substyle !== undefined && style === undefined,
      'options.substyle',
      'options.substyle needs a style',
      'Pass style too.',
    ],
    [
      options.style_id !== undefined && style !== undefined,
      'options.style_id',
      'style and options.style_id were both given',
      'Pass one of them.',
    ],
    ...(isStyled(model)
      ? ([
          [
            [options.style_id, options.style_reference_urls, files[0]].filter((each) => each !== undefined).length !==
              1,
            'options.style_id',
            `${model} takes one of options.style_id, options.style_reference_urls and inputImages, and needs one`,
            'Pass the id of a style, or one to ten images with the style.',
          ],
          [
            files.reduce((sum, { bytes }) => sum + bytes.length, 0) > MAX_REFERENCE_BYTES,
            'inputImages',
            `the images are larger than ${MAX_REFERENCE_BYTES} bytes in total`,
            'Pass fewer or smaller ones.',
          ],
        ] as const)
      : []),
  ];
  return [...unknownOptions(options, known, model, operation), ...brokenRules(rules)];
}
