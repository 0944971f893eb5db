/**
 * Model ids of older systems. The vendor that shut down a model refuses it and names a successor; a server with models of other vendors is
 * called.
 */
import { describe, expect, it } from 'vitest';
import { createProvider, type ProviderId, registry } from '../../src/providers/registry.ts';
import { readSettings } from '../../src/testing/node-runtime.ts';
import { fixturesOf } from './support/fixtures.ts';

type Answer = 'retired' | 'sent';

const ROWS: readonly (readonly [model: string, answers: Readonly<Partial<Record<ProviderId, Answer>>>])[] = [
  [
    'dall-e-2',
    { openai: 'retired', 'openai-compatible': 'sent', 'azure-openai': 'sent', fal: 'sent', replicate: 'sent' },
  ],
  [
    'dall-e-3',
    { openai: 'retired', 'openai-compatible': 'sent', 'azure-openai': 'sent', fal: 'sent', replicate: 'sent' },
  ],
  [
    'gpt-image-1',
    { openai: 'retired', 'openai-compatible': 'sent', 'azure-openai': 'sent', fal: 'sent', replicate: 'sent' },
  ],
  ['imagen-3.0-generate-001', { 'google-gemini': 'retired', vertex: 'retired', fal: 'sent' }],
  ['gemini-2.0-flash', { 'google-gemini': 'retired', vertex: 'sent' }],
  ['gemini-2.0-flash-lite', { 'google-gemini': 'retired', vertex: 'sent' }],
  ['aurora-hd', { xai: 'retired' }],
  ['titan', { bedrock: 'retired' }],
  ['sd3-medium', { stability: 'retired', fal: 'sent' }],
  ['stable-image-ultra', { stability: 'sent' }],
];
const cases = ROWS.flatMap(([model, answers]) =>
  Object.entries(answers).map(([id, answer]) => [model, id as ProviderId, answer] as const),
);

/** Where ids have an owner, an id without one is a mistake of another kind. */
const idAt = (model: string, id: ProviderId) => (id === 'fal' || id === 'replicate' ? `some-owner/${model}` : model);

describe.each(cases)('%s at %s', (model, id, answer) => {
  it(answer === 'retired' ? 'is refused with the model to use instead' : 'is sent', async () => {
    const settings = { apiKey: 'sk-test-0123456789', ...(await readSettings(fixturesOf(id))) };
    const asked = idAt(model, id);
    const plan = await createProvider(id as string, settings).plan({ prompt: 'a fox', model: asked });
    if (answer === 'sent') {
      expect(plan.refusals).toEqual([]);
      expect(plan.requests.length).toBe(1);
      return;
    }
    const [refusal] = plan.refusals;
    expect(plan.requests).toEqual([]);
    expect(refusal).toMatchObject({
      code: 'model_retired',
      field: 'model',
      hint: expect.stringMatching(/^Use \S+\.$/),
    });
    const successor = /^Use (.+)\.$/.exec(refusal?.hint ?? '')?.[1] ?? '';
    const { definition } = await registry[id].load();
    const today = new Date().toISOString().slice(0, 10);
    const card = definition.models[successor];
    expect(card?.shutdown === undefined || card.shutdown > today, `${successor} lives`).toBe(true);
    expect(card, `${successor} has a card`).toBeDefined();
  });
});
