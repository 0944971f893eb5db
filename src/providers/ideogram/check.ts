/** What a route does not have or cannot do without: refused before the call. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { models, routeOf } from './models.ts';
import type { Options } from './wire.ts';

const EVERYWHERE = ['async', 'webhook_url', 'private', 'target_collection_id', 'enable_copyright_detection'];
const UPSCALING = ['upscale_factor', 'async', 'webhook_url', 'private', 'target_collection_id'];
const STYLES = ['style_preset', 'style_codes', 'color_palette'];

/** @param route as `routeOf` gives it */
function optionsOf(route: string): readonly string[] {
  const [kind, model = ''] = route.split('/');
  const styles = model === 'ideogram-3' ? STYLES : [];
  switch (kind) {
    case 'generate':
      return [...EVERYWHERE, 'magic_prompt', ...styles];
    case 'inpaint':
      return [...EVERYWHERE, ...styles];
    case 'remix':
      return [...EVERYWHERE, 'image_weight'];
    case 'precise-edit':
      return [...EVERYWHERE, 'context_window'];
    case 'upscale':
      return [...UPSCALING, ...(model === 'topaz-wonder-3-5' ? ['enhancement_strength'] : [])];
    case 'reframe':
      return ['async'];
    case 'remove-background':
      return ['async', 'private', 'target_collection_id'];
    case 'remove-object':
      return ['target_collection_id'];
    case 'replace-background':
      return ['private', 'webhook_url'];
    default:
      return EVERYWHERE;
  }
}

export function check(args: RequestArgs<Options> | EditArgs<Options>) {
  const { model, options, size, style } = args;
  const operation = 'inputs' in args ? args.operation : undefined;
  const known = optionsOf(routeOf(model, operation));
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [
      operation === 'outpaint' && size === undefined,
      'size',
      `${model} has to know how large the picture becomes`,
      'Pass size.',
    ],
    [
      operation === 'inpaint' && !Object.hasOwn(models, model),
      'mask',
      `no card says which colour of a mask ${model} repaints`,
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
  return [
    ...Object.keys(options)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        field: `options.${name}`,
        message: `${model} has no option ${name}${operation === undefined ? '' : ` in ${operation}`}`,
        hint: `It has ${known.join(', ')}.`,
      })),
    ...rules.flatMap(([broken, field, message, hint]) => (broken ? [{ field, message, hint }] : [])),
  ];
}
