/** Builds the request of each route. */
import { type EditArgs, type InputFile, modelSegment, post, type RequestArgs } from '../kit/index.ts';
import { isV4 } from './models.ts';
import type { FireflyOptions, FireflySettings } from './wire.ts';

type Args = RequestArgs<FireflyOptions, FireflySettings> | EditArgs<FireflyOptions, FireflySettings>;
type Edit = EditArgs<FireflyOptions, FireflySettings>;

/** Upscaling requires a seed per image, and ignores it. */
const ANY_SEED = 1;

export function toRequest(args: Args) {
  const { model } = args;
  const version = { 'x-model-version': modelSegment(model) };
  return isV4(model)
    ? post('v4/images/generate-async', image5Body(args), version)
    : post('v3/images/generate-async', generateBody(args), version);
}

export function toEdit(args: Edit) {
  const { model, prompt, negativePrompt, operation, inputs, mask, options } = args;
  const image = uploadOf(inputs[0]);
  const optionalPrompt = { prompt: prompt === '' ? undefined : prompt };
  const version = { 'x-model-version': modelSegment(model) };
  switch (operation) {
    case 'inpaint':
      return post('v3/images/fill-async', {
        image,
        mask: mask && uploadOf(mask),
        ...optionalPrompt,
        negativePrompt,
        ...countOf(args),
      });
    case 'outpaint':
      return post('v3/images/expand-async', {
        image,
        ...optionalPrompt,
        placement: placementOf(options),
        ...countOf(args),
      });
    case 'variation':
      return post('v3/images/generate-similar-async', { image, ...countOf(args) }, version);
    case 'upscale':
      return post('v3/images/upscale', { image, seeds: [ANY_SEED], upscaleFactor: options.upscaleFactor }, version);
    default:
      return options.reference === 'composite'
        ? post('v3/images/generate-object-composite-async', compositeBody(args))
        : toRequest(args);
  }
}

const uploadOf = ({ reference }: InputFile) => ({ source: { uploadId: reference } });

/** One seed per image, all different. */
function countOf({ n, seed, size }: Args) {
  return {
    numVariations: n > 1 ? n : undefined,
    seeds: seed === undefined ? undefined : Array.from({ length: n }, (_, at) => seed + at),
    size,
  };
}

function image5Body(args: Args) {
  const { prompt, aspectRatio, tier, seed, options } = args;
  const { locale: localeCode, promptReasoner } = options;
  return {
    prompt,
    modelId: 'firefly_image',
    aspectRatio,
    resolutionLevel: tier,
    seeds: seed === undefined ? undefined : [seed],
    referenceBlobs: 'inputs' in args ? args.inputs.map((file) => ({ ...uploadOf(file), usage: 'general' })) : undefined,
    modelSpecificPayload:
      (localeCode ?? promptReasoner) === undefined ? undefined : { localeCode, prompt_reasoner: promptReasoner },
  };
}

function generateBody(args: Args) {
  const { prompt, negativePrompt, style, options } = args;
  const isStructure = options.reference === 'structure';
  const imageReference = 'inputs' in args ? uploadOf(args.inputs[0]) : undefined;
  return {
    prompt,
    negativePrompt,
    contentClass: style,
    visualIntensity: options.visualIntensity,
    style: styleOf(options, isStructure ? undefined : imageReference),
    structure: isStructure ? { strength: options.structureStrength, imageReference } : undefined,
    promptBiasingLocaleCode: options.locale,
    customModelId: options.customModelId,
    upsamplerType: options.upsamplerType,
    ...countOf(args),
  };
}

function compositeBody(args: Edit) {
  const { prompt, style, options, inputs } = args;
  return {
    image: uploadOf(inputs[0]),
    prompt,
    contentClass: style,
    style: styleOf(options),
    placement: placementOf(options),
    ...countOf(args),
  };
}

function styleOf({ presets, styleStrength: strength }: FireflyOptions, imageReference?: object) {
  return (presets ?? imageReference) === undefined ? undefined : { presets, strength, imageReference };
}

function placementOf({ alignment, inset }: FireflyOptions) {
  return (alignment ?? inset) === undefined ? undefined : { alignment, inset };
}
