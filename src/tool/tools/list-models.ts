/** `list_models`: the models that the tools may use, in few words. */
import * as z from 'zod/mini';
import { type ModelCard, OPERATIONS } from '../../providers/protocol/index.ts';
import { toProviderName } from '../request/provider-names.ts';
import { refuse } from '../results/to-failure.ts';
import { defineTool, READ_ONLY } from './tool-definition.ts';

/** Few enough for the context of an agent. */
const MAX_MODELS = 120;
const MAX_SIZES = 4;
/** A tool takes no longer names. A server that lists such models would fill the context of an agent. */
const MAX_NAME_LENGTH = 200;

export const listModels = defineTool({
  name: 'list_models',
  title: 'List models',
  description:
    'Lists the image models that can be used, with the price of one image where it is known. Name a provider to see all of its models. Free.',
  annotations: READ_ONLY,
  args: z.strictObject({
    provider: z.optional(
      z.string().check(z.minLength(1), z.maxLength(100), z.describe('Only the models of this provider.')),
    ),
    operation: z.optional(
      z.enum(['generate', ...OPERATIONS]).check(z.describe('Only models that can do this, such as generate or edit.')),
    ),
  }),
  data: z.object({
    providers: z.array(z.string()),
    models: z.array(
      z.object({
        model: z.string(),
        usd_from: z.nullable(z.number()),
        usd_to: z.nullable(z.number()),
        operations: z.array(z.string()),
        sizes: z.string(),
      }),
    ),
    left_out: z.number(),
  }),
  async run({ provider, operation }, { set: { manager } }) {
    const cards = await manager.models();
    const providers = Object.keys(cards);
    const only = provider === undefined ? undefined : toProviderName(provider, providers);
    if (only !== undefined && !providers.includes(only)) {
      return refuse('invalid_request', `There is no such provider. The providers are ${providers.join(', ')}.`);
    }
    const today = new Date().toISOString().slice(0, 10);
    const byProvider = providers
      .filter((name) => only === undefined || name === only)
      .map((name) =>
        Object.entries(cards[name] ?? {})
          .filter(([, card]) => card.shutdown === undefined || card.shutdown > today)
          .map(([id, card]) => ({ model: `${name}/${id}`, ...describe(card) }))
          .filter(({ operations }) => operation === undefined || operations.includes(operation)),
      );
    const usable = byProvider.map((models) => models.filter(({ model }) => model.length <= MAX_NAME_LENGTH));
    const models = takeEvenly(usable, MAX_MODELS);
    return { success: true, data: { providers, models, left_out: byProvider.flat().length - models.length } };
  },
});

/** Takes the first ones of each list, as many of each as fit. */
function takeEvenly<T>(lists: readonly (readonly T[])[], max: number): readonly T[] {
  const lengthOf = (each: number) => lists.reduce((sum, list) => sum + Math.min(list.length, each), 0);
  let each = Math.max(...lists.map((list) => list.length), 0);
  while (lengthOf(each) > max) each -= 1;
  return lists.flatMap((list) => list.slice(0, each));
}

function describe({ pricing, editsOnly, edit, sizes }: ModelCard) {
  const prices = (pricing?.images ?? []).map(({ usd }) => usd);
  const isPriced = prices.length > 0;
  return {
    usd_from: isPriced ? Math.min(...prices) : null,
    usd_to: isPriced ? Math.max(...prices) : null,
    operations: [...(editsOnly ? [] : ['generate']), ...(edit?.operations ?? [])],
    sizes: sizesOf(sizes),
  };
}

function sizesOf(rule: ModelCard['sizes']): string {
  switch (rule.kind) {
    case 'list':
      return shortList(rule.sizes);
    case 'ratios':
      return shortList(Object.keys(rule.ratios));
    case 'free':
      return `${rule.minEdge} to ${rule.maxEdge} pixels a side`;
    case 'none':
      return 'its own';
  }
}

const shortList = (all: readonly string[]): string =>
  `${all.slice(0, MAX_SIZES).join(', ')}${all.length > MAX_SIZES ? ', …' : ''}`;
