/**
 * Cards made of the settings: a server's models are the caller's, so no limit, size or price of OpenAI's is assumed. Any size is sent as it
 * is; what the server makes of it is seen in the image.
 */
import type { EditCapabilities, ModelCard, Pricing } from '../protocol/index.ts';
import { dialectOf, type EditRoute } from './dialects.ts';
import type { Settings } from './wire.ts';

const MIB = 1024 * 1024;

/** Stands for the model that the server has loaded. It is not sent. */
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

/** Most servers send PNG and cannot be asked for another format. What comes instead is kept, with a warning. */
const serversFormat = { formats: ['png'], formatIsFixed: true } as const satisfies Partial<ModelCard>;

/** The card of every model of a server with these settings, but for its name and price. */
export function cardOf(settings: Settings, name: string): ModelCard {
  const pricing = pricingOf(settings, name);
  const named = {
    title: name === defaultModel ? 'The model that the server has loaded' : name,
    ...(pricing && { pricing }),
  };
  return { ...(settings.api === 'chat' ? chatCard : imagesCard(settings)), ...named };
}

/** The models that the settings name. */
export function ownModels(settings: Settings): Readonly<Record<string, ModelCard>> {
  return Object.fromEntries([...namesOf(settings), defaultModel].map((name) => [name, cardOf(settings, name)]));
}

/** Those that are listed, and those that have a price. */
export function namesOf({ models = [], pricePerImageUsd }: Settings): readonly string[] {
  const priced = typeof pricePerImageUsd === 'object' ? Object.keys(pricePerImageUsd) : [];
  return [...new Set([...models, ...priced])];
}

/** Which model is meant, and that its card is that of every model here. */
export function toModel(
  asked: string | undefined,
  settings: Settings,
): { readonly model: string; readonly card: string } {
  const names = namesOf(settings);
  const model = asked ?? settings.models?.[0] ?? defaultModel;
  return { model, card: names.includes(model) ? model : defaultModel };
}

/** What is sent as `model`; nothing where no model was named. */
export const modelField = (model: string, settings: Settings): string | undefined =>
  model === defaultModel && !namesOf(settings).includes(defaultModel) ? undefined : model;

const SOURCE = 'the settings of this server';

/** A vendor of many models: whatever it makes comes beside text. */
const chatCard = {
  sizes: { kind: 'none' },
  ...serversFormat,
  maxImages: 1,
  maxPromptLength: 1_000_000,
  edit: { operations: ['edit'], maxInputs: 16, maxInputBytes: 20 * MIB, inputFormats: ['png', 'jpeg', 'webp'] },
  streaming: { maxPartials: 0 },
  source: SOURCE,
} as const satisfies Omit<ModelCard, 'title'>;

function imagesCard(settings: Settings): Omit<ModelCard, 'title'> {
  const { server, seedField, negativePromptField, maxImagesPerRequest } = settings;
  const dialect = dialectOf(server);
  /** `extraBody` wins over the request, so what it sets cannot be asked for. */
  const isFixed = (...names: readonly (string | undefined)[]) =>
    names.some((name) => name !== undefined && Object.hasOwn(settings.extraBody ?? {}, name.split('.')[0] ?? name));
  const places = typeof dialect.place === 'object' && 'jsonField' in dialect.place ? [dialect.place.jsonField] : [];
  const takes = {
    seed: seedField === undefined ? dialect.names.seed !== undefined : seedField !== false,
    negativePrompt:
      negativePromptField === undefined
        ? (dialect.names.negativePrompt ?? dialect.negativeBehind) !== undefined
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

function editOf(settings: Settings): EditCapabilities | undefined {
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

/** What a route for edits does not take, though the others do. */
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

function pricingOf({ pricePerImageUsd: price }: Settings, name: string): Pricing | undefined {
  const ofModel = typeof price === 'object' && Object.hasOwn(price, name) ? price[name] : undefined;
  const usd = typeof price === 'number' ? price : ofModel;
  return usd === undefined ? undefined : { images: [{ usd }], source: 'the setting pricePerImageUsd' };
}

/** Without settings: for docs and tables. */
export const models = {
  [defaultModel]: cardOf({ server: 'generic', api: 'images' }, defaultModel),
} as const satisfies Readonly<Record<string, ModelCard>>;
