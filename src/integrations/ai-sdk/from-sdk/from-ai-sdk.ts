/** An image model of the AI SDK as a provider of this package. */
import type { ImageModelV4File, ImageModelV4Result, JSONValue, SharedV4ProviderOptions } from '@ai-sdk/provider';
import type { ImageOrder, InProcessModel, OrderedImage, OrderReply } from '../../../providers/kit/wrap/in-process.ts';
import { AiImageError, type MediaProvider } from '../../../providers/protocol/index.ts';
import { createLazyProvider, loadInProcessProvider } from '../../../providers/wrap.ts';
import { type AiSdkCard, type AiSdkImageModel, maskConvention, toCard } from './sdk-card.ts';
import { toSdkError } from './sdk-error.ts';

type InputFile = ImageOrder['inputs'][number];
type SdkResult = Awaited<ReturnType<AiSdkImageModel['doGenerate']>>;

const VERSIONS: readonly unknown[] = ['v2', 'v3', 'v4'];

/**
 * Makes a provider of an image model of the AI SDK, so that a manager can give it budgets, fallbacks, a store and records. Its images, inputs
 * and masks are checked as those of the built-in providers. Each request is sent once: nothing repeats it. Creating it sends nothing.
 * @param model of AI SDK 5, 6 or 7. `options` of a request are the model's provider options, by the SDK's name of its provider
 * @param card what the model can do. The AI SDK ignores what a model lacks, with a warning after the image was paid for; with a card it is
 *   refused before. A price, too, is known only from a card
 * @throws AiImageError `not_configured`: it is not such a model
 * @example createImageManager({ providers: { xai: fromAiSdk(xai.image('grok-imagine-image'), { maxImages: 10 }) } })
 */
export function fromAiSdk(model: AiSdkImageModel, card: AiSdkCard = {}): MediaProvider {
  checkModel(model);
  const { provider, modelId } = model;
  const names = { provider: provider || 'ai-sdk', model: modelId || 'default' };
  const { convention } = card.edit?.mask ?? {};
  const maskRemarks = convention === undefined ? [maskRemark(model)] : [];
  const inProcess: InProcessModel = {
    id: names.provider,
    model: names.model,
    address: `ai-sdk:${names.provider}`,
    takesAnyRatio: card.sizes === undefined,
    async generate(order, signal) {
      const result = await generateOnce(model, order, signal);
      return toReply(result, order.mask === undefined ? [] : maskRemarks);
    },
    toError: (error, order, redact) => toSdkError(error, order, names, redact),
  };
  return createLazyProvider(names.provider, async () =>
    (await loadInProcessProvider())(inProcess, await toCard(model, card)),
  );
}

function checkModel(model: unknown): void {
  const { specificationVersion, doGenerate } = Object(model) as Partial<AiSdkImageModel>;
  if (VERSIONS.includes(specificationVersion) && typeof doGenerate === 'function') return;
  throw new AiImageError('not_configured', 'fromAiSdk: the first argument is not an image model of the AI SDK', {
    charged: 'no',
    hint: "Pass a model object, for example xai.image('grok-imagine-image'). An id of a model is not enough.",
  });
}

async function generateOnce(model: AiSdkImageModel, order: ImageOrder, abortSignal: AbortSignal): Promise<SdkResult> {
  const { prompt, n, size, aspectRatio, seed, inputs, mask, options } = order;
  const common = {
    prompt,
    n,
    size: size as `${number}x${number}` | undefined,
    aspectRatio: aspectRatio as `${number}:${number}` | undefined,
    seed,
    providerOptions: options as SharedV4ProviderOptions, // plain objects; the model checks them
    abortSignal,
    headers: {},
  };
  if (model.specificationVersion === 'v2') return model.doGenerate(common as Parameters<typeof model.doGenerate>[0]);
  const files = {
    files: inputs.length === 0 ? undefined : inputs.map(toFile),
    mask: mask && toFile(mask),
  };
  const call = { ...common, ...files, prompt: prompt === '' ? undefined : prompt };
  return model.specificationVersion === 'v3' ? model.doGenerate(call) : model.doGenerate(call);
}

const toFile = ({ bytes, mediaType }: InputFile): ImageModelV4File => ({ type: 'file', mediaType, data: bytes });

/** Third-party code made the result: every field may be missing. */
function toReply(result: SdkResult | undefined, more: readonly string[]): OrderReply {
  const { images, warnings, response, providerMetadata, usage }: Partial<ImageModelV4Result> = Object(result);
  const facts = factsOf(providerMetadata);
  const { inputTokens, outputTokens, totalTokens } = usage ?? {};
  return {
    images: listOf<string | Uint8Array>(images).map((image, index) => ({
      bytes: toBytes(image),
      ...imageFacts(facts?.[index]),
    })),
    model: response?.modelId || undefined,
    usage: usage && { inputTokens, outputTokens, totalTokens },
    remarks: [...listOf(warnings).map(toRemark), ...more],
  };
}

/** A fault in what is said about an image must not lose the image. */
const listOf = <T>(value: readonly T[] | undefined): readonly T[] => (Array.isArray(value) ? value : []);

/** Text that is not base64 is kept as it is: the check of the image reports it, and keeps it. */
function toBytes(image: unknown): Uint8Array {
  if (typeof image !== 'string') return image as Uint8Array; // the kit checks it
  const [, base64 = ''] = /^(?:data:[^,]*,)?([\s\S]*)$/.exec(image) ?? [];
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return new TextEncoder().encode(image);
  }
}

/** The facts about each image, from the first provider that has some. */
function factsOf(metadata: ImageModelV4Result['providerMetadata']): readonly JSONValue[] | undefined {
  return Object.values(metadata ?? {})
    .map((each) => each?.images)
    .find((images) => Array.isArray(images));
}

function imageFacts(facts: unknown): Pick<OrderedImage, 'seed' | 'revisedPrompt'> {
  const { seed, revisedPrompt } = Object(facts) as Readonly<Record<string, unknown>>;
  return {
    ...(Number.isSafeInteger(seed) && { seed: seed as number }),
    ...(typeof revisedPrompt === 'string' && revisedPrompt !== '' && { revisedPrompt }),
  };
}

/** Warnings of all versions of the AI SDK. */
function toRemark(warning: unknown): string {
  const { type, feature, setting, details, message } = Object(warning) as Readonly<Record<string, unknown>>;
  const about = feature ?? setting;
  const what =
    about === undefined ? '' : `${String(about)} is ${type === 'deprecated' ? 'deprecated' : 'not supported'}`;
  return [what, details ?? message]
    .filter((text) => text !== undefined && text !== '')
    .map(String)
    .join(': ');
}

const maskRemark = (model: AiSdkImageModel): string =>
  `the AI SDK does not say what a mask of ${model.modelId} means. It was sent as ${maskConvention(model)}; pass edit.mask.convention in the card`;
