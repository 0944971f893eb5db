/** The model card of an image model of the AI SDK, as far as the SDK knows what the model can do. */
import type { ImageModelV2, ImageModelV3, ImageModelV4 } from '@ai-sdk/provider';
import type { EditCapabilities, MaskConvention, ModelCard } from '../../../providers/protocol/index.ts';

/** Also takes a model class of which a field is `undefined`, under `exactOptionalPropertyTypes`. */
type LooseImageModelV4 = Omit<ImageModelV4, Capability> & {
  readonly [Name in Capability]?: ImageModelV4[Name] | undefined;
};
type Capability = 'supportsFileInputs' | 'supportsMaskInputs';

/** An image model of the AI SDK, of versions 5 to 7. */
export type AiSdkImageModel = ImageModelV2 | ImageModelV3 | LooseImageModelV4;

/** What is known of a model beyond what the AI SDK says. Fields that are `undefined` say that the model cannot do it. */
export type AiSdkCard = { readonly [Field in keyof Omit<ModelCard, 'edit'>]?: ModelCard[Field] | undefined } & {
  /** What the model can do with input images. `{}`: it takes some. @default from `supportsFileInputs` and `supportsMaskInputs` */
  readonly edit?: Partial<EditCapabilities> | undefined;
};

/** The AI SDK takes any size and does not check it. */
const ANY_SIZE = {
  kind: 'free',
  multipleOf: 1,
  minEdge: 1,
  maxEdge: 16_384,
  minPixels: 1,
  maxPixels: 100_000_000,
  maxRatio: 16_384,
} as const satisfies ModelCard['sizes'];

/** Fields of a card for which the AI SDK has no parameter. */
const UNSENDABLE = {
  backgrounds: undefined,
  qualities: undefined,
  qualityTiers: undefined,
  safety: undefined,
  negativePrompt: undefined,
  styles: undefined,
  streaming: undefined,
} as const satisfies Partial<Record<keyof ModelCard, undefined>>;

/** How long a model may take to say what it can do. */
export const ANSWER_MS = 5_000;

const MIB = 1024 * 1024;
/** At most as many images as one request of the protocol may ask for. */
const MAX_IMAGES = 100;

/** @param given fields that replace what the model says */
export async function toCard(model: AiSdkImageModel, { edit, ...given }: AiSdkCard): Promise<ModelCard> {
  const card = {
    title: model.modelId,
    sizes: ANY_SIZE,
    formats: ['png', 'jpeg', 'webp', 'avif', 'gif'],
    maxImages: await readMaxImages(model),
    seed: { min: 0, max: 4_294_967_295 },
    maxPromptLength: 100_000,
    source: 'the AI SDK',
    ...given,
    // The AI SDK has no parameter for the format.
    formatIsFixed: true,
    ...UNSENDABLE,
  } as const;
  const edits = await toEdit(model, edit);
  // A field that is undefined was removed on purpose, and required ones have a default.
  const known = Object.entries({ ...card, edit: edits }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as unknown as ModelCard;
}

async function readMaxImages({ maxImagesPerCall, modelId }: AiSdkImageModel): Promise<number> {
  const given = await answerOf(() =>
    typeof maxImagesPerCall === 'function' ? maxImagesPerCall({ modelId }) : maxImagesPerCall,
  );
  return typeof given === 'number' && given >= 1 ? Math.min(Math.floor(given), MAX_IMAGES) : 1;
}

/** Third-party code answers: it may throw, or never answer, and no deadline of a call covers that. @returns `undefined`: it does not say */
async function answerOf<T>(ask: () => T | PromiseLike<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ANSWER_MS);
  try {
    return await Promise.race([ask(), late]);
  } catch {
    return undefined; // the same as a model that does not say
  } finally {
    clearTimeout(timer);
  }
}

/** Only a model that says so takes input images: any other may ignore them, and be paid for an image without them. */
async function toEdit(
  model: AiSdkImageModel,
  given: Partial<EditCapabilities> | undefined,
): Promise<EditCapabilities | undefined> {
  if (model.specificationVersion === 'v2') return undefined;
  const says = 'supportsFileInputs' in model ? model : undefined;
  const takesFiles = given !== undefined || (await answerOf(() => says?.supportsFileInputs)) === true;
  if (!takesFiles) return undefined;
  const takesMask = (await answerOf(() => says?.supportsMaskInputs)) === true;
  const mask = given && 'mask' in given ? given.mask : takesMask ? { convention: maskConvention(model) } : undefined;
  return {
    operations: mask === undefined ? ['edit'] : ['edit', 'inpaint'],
    maxInputs: 16,
    maxInputBytes: 50 * MIB,
    inputFormats: ['png', 'jpeg', 'webp'],
    ...given,
    ...(mask && { mask }),
  };
}

/** The AI SDK hands masks over as they are, and does not say what a model expects. OpenAI's models repaint what is transparent. */
export function maskConvention({ provider }: Pick<AiSdkImageModel, 'provider'>): MaskConvention {
  return /^(?:openai|azure)\b/.test(provider) ? 'transparent-repaints' : 'white-repaints';
}
