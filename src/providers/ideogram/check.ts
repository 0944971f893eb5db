/** What a route does not have or cannot do without: refused before the call. */
import type { EditArgs, RequestArgs } from '../kit/index.ts';
import { routeOf } from './models.ts';
import type { Options } from './wire.ts';

const EVERYWHERE = ['async', 'webhook_url', 'private', 'target_collection_id', 'enable_copyright_detection'];
const STYLES = ['style_preset', 'style_codes', 'color_palette'];

/** @param route as `routeOf` gives it */
function optionsOf(route: string): readonly string[] {
  const [kind, model = ''] = route.split('/');
  const styles = model.startsWith('ideogram-3') ? STYLES : [];
  switch (kind) {
    case 'generate':
      return [...EVERYWHERE, 'magic_prompt', ...styles];
    case 'inpaint':
      return [...EVERYWHERE, ...styles];
    case 'remix':
      return [...EVERYWHERE, 'image_weight'];
    case 'precise-edit':
      return [...EVERYWHERE, 'context_window'];
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
