/** Which model a model id stands for, and the list of models. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpFault } from '../../../src/apps/server/http/http-fault.ts';
import { listModelIds } from '../../../src/apps/server/openai/models/list-model-ids.ts';
import type { ModelsContext } from '../../../src/apps/server/openai/models/models-context.ts';
import { resolveModel } from '../../../src/apps/server/openai/models/resolve-model.ts';
import type { ModelCard } from '../../../src/index.ts';
import { useServersWithVendors } from '../clients/support.ts';
import { hashOf, TOKEN, useServers } from '../support.ts';

const start = useServers();
const startWithVendor = useServersWithVendors();

const card = (more: Partial<ModelCard> = {}): ModelCard => ({
  ...{
    title: 'A model',
    sizes: { kind: 'none' },
    formats: ['png'],
    maxImages: 1,
    maxPromptLength: 100,
    source: 'test',
  },
  ...more,
});
const CARDS = {
  openai: {
    'gpt-image-2': card(),
    'dall-e-3': card({ shutdown: '2026-05-12', successor: 'gpt-image-2' }),
    both: card(),
  },
  fal: { 'fal-ai/flux': card(), both: card(), 'old-one': card({ shutdown: '2026-01-01', successor: 'fal-ai/flux' }) },
  local: {},
};
const CONTEXT: ModelsContext = { cards: CARDS, aliases: undefined, caller: {}, today: '2026-11-30' };

const resolve = (id: string | undefined, more: Partial<ModelsContext> = {}) => {
  try {
    return resolveModel(id, { ...CONTEXT, ...more });
  } catch (error) {
    if (error instanceof HttpFault) return error;
    throw error;
  }
};

describe('a model id', () => {
  it.each([
    ['a missing one', undefined, {}],
    ['a provider and a model', 'openai/gpt-image-2', { provider: 'openai', model: 'gpt-image-2' }],
    ['a model with a slash', 'fal/fal-ai/flux', { provider: 'fal', model: 'fal-ai/flux' }],
    ['a model alone', 'gpt-image-2', { model: 'gpt-image-2' }],
    ['a model alone, with a slash', 'fal-ai/flux', { model: 'fal-ai/flux' }],
    ['a model of two providers', 'both', { model: 'both' }],
    ['a provider alone', 'openai', { provider: 'openai' }],
    ['a tier', 'best', { model: 'best' }],
    ['a tier of a provider', 'openai/light', { provider: 'openai', model: 'light' }],
    ['any model of a server that lists none', 'local/whatever', { provider: 'local', model: 'whatever' }],
  ])('%s', (_, id, target) => {
    expect(resolve(id)).toEqual({ target });
  });

  it.each(['dall-e-2', 'dall-e-3', 'gpt-image-1', 'gpt-image-1-mini', 'auto'])(
    'that programs still send stands for the default model, and the answer says so: %s',
    (id) => {
      expect(resolve(id)).toEqual({ target: {}, warning: expect.stringContaining(id) as string });
      expect(resolve(id, { aliases: false })).toMatchObject({ status: 404, code: 'model_not_found' });
    },
  );

  it('that a vendor still has is no alias', () => {
    const cards = { ...CARDS, azure: { 'dall-e-3': card() } };
    expect(resolve('dall-e-3', { cards })).toEqual({ target: { model: 'dall-e-3' } });
  });

  it('of the settings stands for its target, also one without a card', () => {
    const aliases = { 'dall-e-3': 'fal/fal-ai/newest', gpt: 'gpt-image-2' };
    expect(resolve('dall-e-3', { aliases })).toEqual({
      target: { provider: 'fal', model: 'fal-ai/newest' },
      warning: 'The model dall-e-3 stands for fal/fal-ai/newest.',
    });
    expect(resolve('gpt', { aliases })).toMatchObject({ target: { model: 'gpt-image-2' } });
  });

  it('that is unknown is answered with 404 and a suggestion', () => {
    expect(resolve('gpt-imag-2')).toMatchObject({
      status: 404,
      code: 'model_not_found',
      message: 'There is no model "gpt-imag-2". Did you mean gpt-image-2?',
      details: { param: 'model' },
    });
    expect(resolve('openai/gpt-image-9000')).toMatchObject({ status: 404 });
    expect(resolve('constructor')).toMatchObject({ status: 404 });
    expect(resolve('openai/__proto__')).toMatchObject({ status: 404 });
  });

  it('that was shut down is answered with 404 and its successor', () => {
    expect(resolve('old-one')).toMatchObject({
      status: 404,
      code: 'model_not_found',
      message: 'The model "old-one" was shut down on 2026-01-01. Use fal-ai/flux.',
    });
    expect(resolve('openai/dall-e-3')).toMatchObject({ message: expect.stringContaining('Use gpt-image-2') as string });
  });

  it('is found or refused, whatever it is', () => {
    const ids = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'openai/', '/', 'toString', 'fal/constructor'));
    fc.assert(
      fc.property(ids, (id) => {
        const found = resolve(id);
        if (found instanceof HttpFault) expect([403, 404]).toContain(found.status);
      }),
    );
  });
});

describe('a token with a list of models', () => {
  const caller = { models: ['fal', 'openai/both', 'openai/gpt-image-9'] };

  it('may use these, and no others', () => {
    expect(resolve('fal/fal-ai/flux', { caller })).toEqual({
      target: { provider: 'fal', model: 'fal-ai/flux', fallback: [] },
    });
    expect(resolve('best', { caller })).toEqual({ target: { provider: 'fal', model: 'best', fallback: [] } });
    expect(resolve('openai/gpt-image-2', { caller })).toMatchObject({ status: 403, code: 'model_not_allowed' });
    expect(resolve('gpt-image-2', { caller })).toMatchObject({ status: 403, code: 'model_not_allowed' });
    expect(resolve('openai', { caller })).toMatchObject({ status: 403 });
  });

  it('may use a model that the operator has named, although it has no card', () => {
    expect(resolve('openai/gpt-image-9', { caller })).toMatchObject({ target: { model: 'gpt-image-9' } });
  });

  it('gets the first of them by default, and falls back to the others only', () => {
    expect(resolve(undefined, { caller })).toEqual({
      target: { provider: 'fal', fallback: ['openai/both', 'openai/gpt-image-9'] },
    });
    expect(resolve('both', { caller: { models: ['openai/both'] } })).toEqual({
      target: { provider: 'openai', model: 'both', fallback: [] },
    });
  });

  it('sees only these in the list', () => {
    const aliases = { mine: 'fal/fal-ai/flux', other: 'openai/gpt-image-2' };
    const ids = listModelIds({ ...CONTEXT, caller, aliases }).map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining(['fal/fal-ai/flux', 'fal-ai/flux', 'openai/both', 'mine', 'best', 'auto']),
    );
    expect(ids.filter((id) => id.includes('gpt-image-2') || id === 'other')).toEqual([]);
  });
});

describe('the list of models', () => {
  it('has each model with its provider, alone where it is unique, tiers and aliases; none that was shut down', () => {
    const ids = listModelIds(CONTEXT).map(({ id }) => id);
    expect(ids).toEqual([
      ...['gpt-image-2', 'fal-ai/flux', 'openai/gpt-image-2', 'openai/both', 'fal/fal-ai/flux', 'fal/both'],
      ...['best', 'light', 'auto', 'dall-e-2', 'dall-e-3', 'gpt-image-1', 'gpt-image-1-mini'],
    ]);
    expect(listModelIds({ ...CONTEXT, aliases: false }).map(({ id }) => id)).not.toContain('dall-e-3');
  });

  it('lists only ids that can be used', () => {
    for (const { id } of listModelIds(CONTEXT)) expect(resolve(id), id).not.toBeInstanceOf(HttpFault);
  });

  it.each(['/v1/models', '/models'])('is answered at %s in the form of OpenAI', async (path) => {
    const { send } = await start();
    const answer = await send(path);
    expect(await answer.json()).toMatchObject({
      object: 'list',
      data: expect.arrayContaining([{ id: 'stub/stub-1', object: 'model', created: 0, owned_by: 'stub' }]) as unknown,
    });
  });

  it.each(['stub%2Fstub-1', 'stub/stub-1', 'stub-1', 'best'])('has an address for each model: %s', async (id) => {
    const { send } = await start();
    const answer = await send(`/v1/models/${id}`);
    expect(await answer.json()).toMatchObject({ id: decodeURIComponent(id), object: 'model' });
  });

  it('answers 404 with a suggestion for an unknown model', async () => {
    const { send } = await start();
    const answer = await send('/v1/models/stub-2');
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      error: {
        code: 'model_not_found',
        param: 'model',
        message: expect.stringContaining('Did you mean stub') as string,
      },
    });
  });
});

describe('a request', () => {
  it('goes to the model of its path, as clients of Azure send it', async () => {
    const { post, vendor } = await startWithVendor();
    const path = '/openai/deployments/openai%2Fgpt-image-2/images/generations?api-version=2025-04-01-preview';
    const answer = await post(path, { prompt: 'a fox', model: 'gpt-image-1.5' });
    const body = (await answer.json()) as { readonly imagen?: unknown };
    expect(answer.status, JSON.stringify(body)).toBe(200);
    expect(vendor.submits[0]?.fields.model).toBe('gpt-image-2');
    expect(body.imagen).toMatchObject({
      model: 'openai/gpt-image-2',
      warnings: expect.arrayContaining(['The model of the path was used, not the field model.']) as unknown,
    });
  });

  it('for an unknown model sends nothing', async () => {
    const { post, vendor } = await startWithVendor();
    const answer = await post('/v1/images/generations', { prompt: 'a fox', model: 'flux-of-yesterday' });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(vendor.submits).toHaveLength(0);
  });

  it('for a model that the token does not allow sends nothing', async () => {
    const tokens = [{ name: 'ada', sha256: hashOf(TOKEN), models: ['openai/gpt-image-1.5'] }];
    const { post, vendor } = await startWithVendor({ tokens });
    const answer = await post('/v1/images/generations', { prompt: 'a fox', model: 'gpt-image-2' });
    expect(answer.status).toBe(403);
    expect(vendor.submits).toHaveLength(0);
    const allowed = await post('/v1/images/generations', { prompt: 'a fox' });
    expect(allowed.status, await allowed.text()).toBe(200);
    expect(vendor.submits.map(({ fields }) => fields.model)).toEqual(['gpt-image-1.5']);
  });
});
