/** Refuses options that a route does not have, and requests without the ones it requires. */
import { brokenRules, type OptionRule, unknownOptions } from '../kit/families/option-rules.ts';
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { models, routeOf } from './models.ts';
import type { IdeogramOptions } from './wire.ts';

const COMMON_OPTIONS = ['async', 'webhook_url', 'private', 'target_collection_id', 'enable_copyright_detection'];
const UPSCALE_OPTIONS = ['upscale_factor', 'async', 'webhook_url', 'private', 'target_collection_id'];
const STYLE_OPTIONS = ['style_preset', 'style_codes', 'color_palette'];

/** @param route from `routeOf` */
function optionsOf(route: string): readonly string[] {
  const [kind, model = ''] = route.split('/');
  const styles = model === 'ideogram-3' ? STYLE_OPTIONS : [];
  switch (kind) {
    case 'generate':
      return [...COMMON_OPTIONS, 'magic_prompt', ...styles];
    case 'inpaint':
      return [...COMMON_OPTIONS, ...styles];
    case 'remix':
      return [...COMMON_OPTIONS, 'image_weight'];
    case 'precise-edit':
      return [...COMMON_OPTIONS, 'context_window'];
    case 'upscale':
      return [...UPSCALE_OPTIONS, ...(model === 'topaz-wonder-3-5' ? ['enhancement_strength'] : [])];
    case 'reframe':
      return ['async'];
    case 'remove-background':
      return ['async', 'private', 'target_collection_id'];
    case 'remove-object':
      return ['target_collection_id'];
    case 'replace-background':
      return ['private', 'webhook_url'];
    default:
      return COMMON_OPTIONS;
  }
}

export function check(args: RequestArgs<IdeogramOptions> | EditArgs<IdeogramOptions>) {
  const { model, options, size, style } = args;
  const operation = 'inputs' in args ? args.operation : undefined;
  const known = optionsOf(routeOf(model, operation));
  const rules: readonly OptionRule[] = [
    [operation === 'outpaint' && size === undefined, 'size', `${model} needs the size of the result`, 'Pass size.'],
    [
      operation === 'inpaint' && !Object.hasOwn(models, model),
      'mask',
      `no model card says which color of a mask ${model} repaints`,
      'Use a model with a card, e.g. ideogram-4-5.',
    ],
    [
      operation === 'inpaint' && model !== 'ideogram-3' && 'mask' in args && args.mask?.hasBothColours === false,
      'mask',
      `${model} needs a mask with white and black in it`,
      'Leave at least one part of the image black, or edit without a mask.',
    ],
    [
      [style, options.style_codes, options.style_preset].filter((each) => each !== undefined).length > 1,
      'options.style_codes',
      'style, options.style_preset and options.style_codes exclude each other',
      'Pass one of them.',
    ],
  ];
  return [...unknownOptions(options, known, model, operation), ...brokenRules(rules)];
}
