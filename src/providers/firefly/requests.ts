/** The bodies of the routes. */
import { type EditArgs, type InputFile, modelSegment, post, type RequestArgs } from '../kit/index.ts';
import { isV4 } from './models.ts';
import type { Options, Settings } from './wire.ts';

type Args = RequestArgs<Options, Settings> | EditArgs<Options, Settings>;
type Edit = EditArgs<Options, Settings>;

/** The vendor insists on a seed for each picture it makes larger, where it plays no part. */
const ANY_SEED = 1;

export function toRequest(args: Args) {
  const { model } = args;
  const version = { 'x-model-version': modelSegment(model) };
  return isV4(model)
    ? post('v4/images/generate-async', image5Of(args), version)
    : post('v3/images/generate-async', drawingOf(args), version);
}

export function toEdit(args: Edit) {
  const { model, prompt, negativePrompt, operation, inputs, mask, options } = args;
  const image = referTo(inputs[0]);
  const words = { prompt: prompt === '' ? undefined : prompt };
  const version = { 'x-model-version': modelSegment(model) };
  switch (operation) {
    case 'inpaint':
      return post('v3/images/fill-async', {
        image,
        mask: mask && referTo(mask),
        ...words,
        negativePrompt,
        ...countOf(args),
      });
    case 'outpaint':
      return post('v3/images/expand-async', { image, ...words, placement: placementOf(options), ...countOf(args) });
    case 'variation':
      return post('v3/images/generate-similar-async', { image, ...countOf(args) }, version);
    case 'upscale':
      return post('v3/images/upscale', { image, seeds: [ANY_SEED], upscaleFactor: options.upscaleFactor }, version);
    default:
      return options.reference === 'composite'
        ? post('v3/images/generate-object-composite-async', compositeOf(args))
        : toRequest(args);
  }
}

const referTo = ({ reference }: InputFile) => ({ source: { uploadId: reference } });

/** As many seeds as pictures, each another one. */
function countOf({ n, seed, size }: Args) {
  return {
    numVariations: n > 1 ? n : undefined,
    seeds: seed === undefined ? undefined : Array.from({ length: n }, (_, at) => seed + at),
    size,
  };
}

function image5Of(args: Args) {
  const { prompt, aspectRatio, tier, seed, options } = args;
  const { locale: localeCode, promptReasoner } = options;
  return {
    prompt,
    modelId: 'firefly_image',
    aspectRatio,
    resolutionLevel: tier,
    seeds: seed === undefined ? undefined : [seed],
    referenceBlobs: 'inputs' in args ? args.inputs.map((file) => ({ ...referTo(file), usage: 'general' })) : undefined,
    modelSpecificPayload:
      (localeCode ?? promptReasoner) === undefined ? undefined : { localeCode, prompt_reasoner: promptReasoner },
  };
}

function drawingOf(args: Args) {
  const { prompt, negativePrompt, style, options } = args;
  const isStructure = options.reference === 'structure';
  const imageReference = 'inputs' in args ? referTo(args.inputs[0]) : undefined;
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

function compositeOf(args: Edit) {
  const { prompt, style, options, inputs } = args;
  return {
    image: referTo(inputs[0]),
    prompt,
    contentClass: style,
    style: styleOf(options),
    placement: placementOf(options),
    ...countOf(args),
  };
}

function styleOf({ presets, styleStrength: strength }: Options, imageReference?: object) {
  return (presets ?? imageReference) === undefined ? undefined : { presets, strength, imageReference };
}

function placementOf({ alignment, inset }: Options) {
  return (alignment ?? inset) === undefined ? undefined : { alignment, inset };
}
