/** What the model ids of the AI SDK mean to a manager. */
import { expect, it } from 'vitest';
import { readModelId } from '../../../src/integrations/ai-sdk/imagen/model-id.ts';
import type { ModelCard } from '../../../src/providers/protocol/index.ts';

const card = (title: string) => ({ title }) as ModelCard;
const manager = {
  models: async () => ({
    fal: { 'fal-ai/flux/dev': card('Flux') },
    openai: { 'gpt-image-2': card('GPT Image 2') },
    router: { 'openai/gpt-image-2': card('GPT Image 2 of the router'), 'maker/new': card('New') },
  }),
};

it.each([
  ['openai/gpt-image-2', { provider: 'openai', model: 'gpt-image-2', card: card('GPT Image 2') }],
  ['fal/fal-ai/flux/dev', { provider: 'fal', model: 'fal-ai/flux/dev', card: card('Flux') }],
  ['fal-ai/flux/dev', { model: 'fal-ai/flux/dev', card: card('Flux') }],
  ['maker/new', { model: 'maker/new', card: card('New') }],
  ['gpt-image-2', { model: 'gpt-image-2', card: card('GPT Image 2') }],
  ['openai', { provider: 'openai' }],
  ['openai/gpt-image-9', { provider: 'openai', model: 'gpt-image-9' }],
  ['dalle/gpt-image-2', { provider: 'dalle', model: 'gpt-image-2' }],
  ['gpt-image-9', { model: 'gpt-image-9' }],
  ['openai/best', { provider: 'openai', model: 'best' }],
  ['light', { model: 'light' }],
  ['constructor', { model: 'constructor' }],
])('%s', async (id, named) => {
  expect(await readModelId(id, manager)).toEqual(named);
});

it.each(['', ' ', 'openai/', undefined as unknown as string])(
  'refuses the empty id %j: a variable that is not set chooses no model',
  async (id) => {
    await expect(readModelId(id, manager)).rejects.toMatchObject({
      code: 'invalid_request',
      charged: 'no',
      field: 'model',
    });
  },
);
