/**
 * Model cards built from the settings. The caller knows the server's models, so the cards assume no limits, sizes or prices of OpenAI. Any
 * size is sent unchanged, and the size of the returned image is reported.
 */
import type { EditCapabilities, ModelCard, Pricing } from '../protocol/index.ts';
import { dialectOf, type EditRoute } from './dialects.ts';
import type { CompatibleSettings } from './wire.ts';

const MIB = 1024 * 1024;

/** The model that the server has loaded. This name is not sent. */
export const defaultModel = 'default';

const anySize = {
  kind: 'free',
  multipleOf: 1,
  minEdge: 1,
  maxEdge: 16_384,
  minPixels: 1,
  maxPixels: 100_000_000,
  maxRatio: 16_384,
} as const satisfies ModelCard['sizes'];

/** Most servers send PNG and offer no choice. An image in another format is kept, with a warning. */
const serversFormat = { formats: ['png'], formatIsFixed: true } as const satisfies Partial<ModelCard>;

/** Returns a model's card. All models of a server share one card, except for title and price. */
export function cardOf(settings: CompatibleSettings, name: string): ModelCard {
  const pricing = pricingOf(settings, name);
  const named = {
    title: name === defaultModel ? 'The model that the server has loaded' : name,
    ...(pricing && { pricing }),
  };
  return { ...(settings.api === 'chat' ? chatCard : imagesCard(settings)), ...named };
}

/** Returns the cards of the models that the settings name. */
export function ownModels(settings: CompatibleSettings): Readonly<Record<string, ModelCard>> {
  return Object.fromEntries([...namesOf(settings), defaultModel].map((name) => [name, cardOf(settings, name)]));
}

/** Returns the models that are listed or have a price in the settings. */
export function namesOf({ models = [], pricePerImageUsd }: CompatibleSettings): readonly string[] {
  const priced = typeof pricePerImageUsd === 'object' ? Object.keys(pricePerImageUsd) : [];
  return [...new Set([...models, ...priced])];
}

/** Returns the model to use and the key of its card. */
export function toModel(
  asked: string | undefined,
  settings: CompatibleSettings,
): { readonly model: string; readonly card: string } {
  const names = namesOf(settings);
  const model = asked ?? settings.models?.[0] ?? defaultModel;
  return { model, card: names.includes(model) ? model : defaultModel };
}

/** Returns the value to send as `model`; `undefined` when no model was named. */
export const modelField = (model: string, settings: CompatibleSettings): string | undefined =>
  model === defaultModel && !namesOf(settings).includes(defaultModel) ? undefined : model;

const SOURCE = 'the settings of this server';

/** For gateways with many models, which return images beside text. */
const chatCard = {
  sizes: { kind: 'none' },
  ...serversFormat,
  maxImages: 1,
  maxPromptLength: 1_000_000,
  edit: { operations: ['edit'], maxInputs: 16, maxInputBytes: 20 * MIB, inputFormats: ['png', 'jpeg', 'webp'] },
  streaming: { maxPartials: 0 },
  source: SOURCE,
} as const satisfies Omit<ModelCard, 'title'>;

function imagesCard(settings: CompatibleSettings): Omit<ModelCard, 'title'> {
  const { server, seedField, negativePromptField, maxImagesPerRequest } = settings;
  const dialect = dialectOf(server);
  /** `extraBody` overrides the request, so a request cannot set the same fields. */
  const isFixed = (...names: readonly (string | undefined)[]) =>
    names.some((name) => name !== undefined && Object.hasOwn(settings.extraBody ?? {}, name.split('.')[0] ?? name));
  const places = typeof dialect.place === 'object' && 'jsonField' in dialect.place ? [dialect.place.jsonField] : [];
  const takes = {
    seed: seedField === undefined ? dialect.names.seed !== undefined : seedField !== false,
    negativePrompt:
      negativePromptField === undefined
        ? (dialect.names.negativePrompt ?? dialect.negativeSeparator) !== undefined
        : negativePromptField !== false,
  };
  const edit = editOf(settings);
  return {
    sizes: isFixed('size') ? { kind: 'none' } : anySize,
    ...(dialect.formats === undefined || isFixed('output_format') ? serversFormat : { formats: dialect.formats }),
    ...(dialect.passesOpenAiFields && {
      ...(!isFixed('background') && { backgrounds: ['auto', 'opaque', 'transparent'] as const }),
      ...(!isFixed('quality') && { qualities: { draft: 'low', standard: 'medium', hd: 'high' } }),
    }),
    maxImages: maxImagesPerRequest ?? dialect.maxImages,
    maxPromptLength: 1_000_000,
    ...(takes.seed && !isFixed(seedField || dialect.names.seed, ...places) && { seed: { min: 0, max: 4_294_967_295 } }),
    ...(takes.negativePrompt &&
      !isFixed(negativePromptField || dialect.names.negativePrompt, ...places) && {
        negativePrompt: { maxLength: 1_000_000 },
      }),
    ...(edit && { edit }),
    source: SOURCE,
  };
}

function editOf(settings: CompatibleSettings): EditCapabilities | undefined {
  const { edits, inpaint = edits } = dialectOf(settings.server);
  if (edits === undefined) return undefined;
  const polarity = inpaint?.mask && (settings.maskPolarity ?? inpaint.mask.polarity);
  return {
    operations: polarity === undefined ? ['edit'] : ['edit', 'inpaint'],
    maxInputs: edits.maxInputs ?? 16,
    maxInputBytes: 50 * MIB,
    inputFormats: ['png', 'jpeg', 'webp'],
    ...(polarity && { mask: { convention: polarity } }),
    differs: { edit: lacking(edits), ...(inpaint && { inpaint: { ...lacking(inpaint), ...limitsOf(inpaint) } }) },
  };
}

function limitsOf({ maxInputs }: EditRoute) {
  return maxInputs === undefined ? {} : { edit: { maxInputs } };
}

/** What an edit route lacks, compared with generations. */
function lacking({ extras, hasFixedSize }: EditRoute): {
  seed?: undefined;
  negativePrompt?: undefined;
  sizes?: { kind: 'none' };
} {
  return {
    ...(extras && !extras.includes('seed') && { seed: undefined }),
    ...(extras && !extras.includes('negativePrompt') && { negativePrompt: undefined }),
    ...(hasFixedSize && { sizes: { kind: 'none' } as const }),
  };
}

function pricingOf({ pricePerImageUsd: price }: CompatibleSettings, name: string): Pricing | undefined {
  const ofModel = typeof price === 'object' && Object.hasOwn(price, name) ? price[name] : undefined;
  const usd = typeof price === 'number' ? price : ofModel;
  return usd === undefined ? undefined : { images: [{ usd }], source: 'the setting pricePerImageUsd' };
}

/** The cards without settings, for docs and tables. */
export const models = {
  [defaultModel]: cardOf({ server: 'generic', api: 'images' }, defaultModel),
} as const satisfies Readonly<Record<string, ModelCard>>;
