/** Rules for requests to Gemini's image models that a model card cannot express. */
import { currentGemini, geminiModels, MAX_REQUEST_BYTES } from './models.ts';
import type { GeminiArgs } from './request.ts';

/** Ids of Imagen models, with and without a card. All are shut down, and they used another API. */
const IMAGEN = /^(?:imagen|imagegeneration)\b/;

export function checkGemini(args: GeminiArgs) {
  const { model, safety, options } = args;
  if (IMAGEN.test(model)) {
    const message = `${model} is an Imagen model, and Imagen is shut down`;
    return [{ code: 'model_retired', field: 'model', message, hint: `Use ${currentGemini}.` } as const];
  }
  const bytes = 'inputs' in args ? args.inputs.reduce((sum, file) => sum + file.bytes.length, 0) : 0;
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [
      safety !== undefined && options.safetySettings !== undefined,
      'options.safetySettings',
      'safety and options.safetySettings were both given',
      'Pass one of them.',
    ],
    [
      options.googleSearch === false,
      'options.googleSearch',
      'googleSearch is off by default and cannot be set to false',
      'Leave googleSearch out.',
    ],
    [
      options.googleSearch === true && model.includes('lite'),
      'options.googleSearch',
      `${model} cannot search the web`,
      'Leave it out, or use another model.',
    ],
    [
      options.thinkingLevel === 'MEDIUM' && model !== currentGemini && Object.hasOwn(geminiModels, model),
      'options.thinkingLevel',
      `${model} supports thinkingLevel MINIMAL and HIGH only`,
      'Pass one of them.',
    ],
    [
      bytes > MAX_REQUEST_BYTES,
      'inputImages',
      `the input images have ${bytes} bytes in total, one request takes ${MAX_REQUEST_BYTES}`,
      'Pass smaller or fewer images.',
    ],
  ];
  return rules.flatMap(([broken, field, message, hint]) => (broken ? [{ field, message, hint }] : []));
}
