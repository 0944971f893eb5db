/** The contract suite itself: it passes a provider that keeps the contract, and finds every violation. */
import { describe, expect, it } from 'vitest';
import type { AiImageResult } from '../../src/providers/protocol/index.ts';
import {
  type ContractSettings,
  type Conversation,
  checkProvider,
  encodeSketch,
  listChecks,
} from '../../src/testing/index.ts';
import { card, conversations, createSmall, plant, type Small } from './support/small-vendor.ts';

type Spoil = (provider: Small, settings: ContractSettings) => Partial<Small>;

/** The good provider with some of its methods replaced. */
const spoilt = (spoil: Spoil) => (settings: ContractSettings) => {
  const provider = createSmall(settings);
  return { ...provider, ...spoil(provider, settings) };
};

function check(create: (settings: ContractSettings) => Small, fixtures: readonly Conversation[] = conversations) {
  return checkProvider({ name: 'small', create, fixtures, timeoutMs: 10_000 });
}

/** A provider whose results are changed. */
const tampered = (change: (result: AiImageResult) => AiImageResult | Promise<AiImageResult>): Spoil => {
  return (provider) => ({
    generateImage: async (prompt, params) => change(await provider.generateImage(prompt, params)),
  });
};

/** A provider that fails in its own way. */
const failing = (fail: (settings: ContractSettings) => unknown): Spoil => {
  return (_, settings) => ({
    generateImage: async () => {
      throw fail(settings);
    },
  });
};

const draw = ({ baseUrl }: ContractSettings) => fetch(`${baseUrl}/draw`, { method: 'POST', body: '{}' });

describe('checkProvider', () => {
  it('reports nothing for a provider that keeps the contract', async () => {
    expect(await check(createSmall)).toEqual([]);
  });

  it('reports nothing for a provider that has the canonical protocol alone', async () => {
    const canonical = (settings: ContractSettings) => {
      const provider = createSmall(settings);
      return { generateImage: provider.generateImage };
    };
    const fixtures = conversations.filter(({ call }) => call.method === 'generateImage');

    expect(await checkProvider({ name: 'canonical', create: canonical, fixtures })).toEqual([]);
  });

  const faults: readonly (readonly [what: string, spoil: Spoil, check: string, message: RegExp])[] = [
    [
      'adds a fifth field to the result',
      tampered((result) => ({ ...result, width: 64 })),
      'four-fields',
      /fields are format, imageBytes, model, promptUsed, width/,
    ],
    [
      'leaves a field out',
      tampered(({ imageBytes, format, promptUsed }) => ({ imageBytes, format, promptUsed }) as AiImageResult),
      'four-fields',
      /model must be a non-empty string/,
    ],
    [
      'returns a wrong format',
      tampered((result) => ({ ...result, format: 'webp' })),
      'whole-image',
      /format is webp, but the bytes are png/,
    ],
    [
      'returns half an image',
      tampered((result) => ({ ...result, imageBytes: result.imageBytes.slice(0, 60) })),
      'whole-image',
      /60 bytes that are not a complete image/,
    ],
    [
      'returns another image than the vendor sent',
      tampered(async (result) => ({
        ...result,
        imageBytes: new Uint8Array(await encodeSketch({ $image: 'png', width: 64, height: 64, shade: 3 })),
      })),
      'whole-image',
      /differ from those the vendor sent/,
    ],
    [
      'reports the prompt with blanks around it',
      tampered((result) => ({ ...result, promptUsed: `${result.promptUsed} ` })),
      'trimmed-prompt',
      /promptUsed is "a paper boat "/,
    ],
    [
      'sends a blank prompt',
      (provider, settings) => ({
        generateImage: async (prompt, params) => {
          if (prompt.trim() === '') await draw(settings);
          return provider.generateImage(prompt, params);
        },
      }),
      'blank-prompt',
      /unexpected request 1 after the last recorded one: POST \/draw/,
    ],
    [
      'ignores an option it does not know',
      (provider) => ({
        generateImage: (prompt, params = {}) => {
          const { options: _, ...known } = params;
          return provider.generateImage(prompt, known);
        },
      }),
      'unknown-option',
      /unexpected request/,
    ],
    [
      'ignores the signal',
      (provider) => ({
        generateImage: (prompt, params = {}) => {
          const { signal: _, ...deaf } = params;
          return provider.generateImage(prompt, deaf);
        },
      }),
      'aborted-under-way',
      /did not finish after the abort/,
    ],
    [
      'sends its request although the signal has fired',
      (provider, settings) => ({
        generateImage: async (prompt, params) => {
          if (params?.signal?.aborted) await draw(settings);
          return provider.generateImage(prompt, params);
        },
      }),
      'aborted-before',
      /unexpected request/,
    ],
    [
      'reports an abort with another code',
      (provider) => ({
        generateImage: (prompt, params) =>
          provider.generateImage(prompt, params).catch((error: { code?: string }) => {
            throw error.code === 'aborted' ? plant('timeout', 'small: too late') : error;
          }),
      }),
      'aborted-before',
      /expected code aborted, got timeout/,
    ],
    [
      'throws errors of its own',
      failing(() => new RangeError('oops')),
      'blank-prompt',
      /something other than an AiImageError \(RangeError/,
    ],
    [
      'throws what is no error',
      failing(() => 'oops'),
      'blank-prompt',
      /something other than an AiImageError \(string\)/,
    ],
    [
      'invents an error code',
      failing(() => plant('oops', 'small: oops')),
      'blank-prompt',
      /code "oops" is not in the list/,
    ],
    ['says nothing', failing(() => plant('invalid_request', ' ')), 'blank-prompt', /the error has no message/],
    [
      'shows the key in a message',
      failing(({ apiKey }) => plant('invalid_request', `small: ${apiKey} is wrong`)),
      'silent-errors',
      /message contains the key \(unencoded\)/,
    ],
    [
      'shows the key in a hint, URL-encoded',
      failing(({ apiKey }) => plant('invalid_request', 'small: no', { hint: `?key=${encodeURIComponent(apiKey)}` })),
      'silent-errors',
      /hint contains the key \(URL-encoded\)/,
    ],
    [
      'shows the key in a cause, as base64',
      failing(({ apiKey }) => plant('invalid_request', 'small: no', { cause: new Error(btoa(`${apiKey}`)) })),
      'silent-errors',
      /printed form contains the key \(as base64\)/,
    ],
    [
      'shows the key in a hidden field',
      failing(({ apiKey }) =>
        Object.defineProperty(plant('invalid_request', 'small: no'), 'request', {
          value: { apiKey },
          enumerable: false,
        }),
      ),
      'silent-errors',
      /printed form with hidden fields contains the key/,
    ],
    [
      'shows the prompt in an error',
      failing(() => plant('invalid_request', 'small: cannot draw a paper boat')),
      'silent-errors',
      /message contains the prompt/,
    ],
    [
      'sends every request twice',
      (provider, settings) => ({
        generateImage: async (prompt, params) => {
          const result = await provider.generateImage(prompt, params);
          await draw(settings);
          return result;
        },
      }),
      'replay: generates one image',
      /unexpected request 2 after the last recorded one: POST \/draw/,
    ],
    [
      'drops a parameter on the way out',
      (provider) => ({ generateImage: (prompt) => provider.generateImage(prompt, { format: 'jpeg' }) }),
      'replay: generates one image',
      /json\.format: expected "png", got "jpeg"/,
    ],
    [
      'keeps a warning to itself',
      (provider) => ({ generate: async (request) => ({ ...(await provider.generate(request)), warnings: [] }) }),
      'replay: moves a size to the nearest',
      /result\.warnings: expected 1 entries, got 0/,
    ],
    [
      'returns an unexpected warning',
      (provider) => ({
        generate: async (request) => {
          const generation = await provider.generate(request);
          const [first] = generation.warnings;
          return { ...generation, warnings: [first!, first!] };
        },
      }),
      'replay: moves a size to the nearest',
      /result\.warnings: expected 1 entries, got 2/,
    ],
    [
      'succeeds where it has to fail',
      (provider) => ({
        generateImage: (prompt, params) => provider.generateImage(prompt, { ...params, format: 'png' }),
      }),
      'replay: refuses a format it has not',
      /unexpected request 1/,
    ],
    [
      'never ends',
      () => ({ generateImage: () => new Promise(() => undefined) }),
      'replay: generates one image',
      /did not finish within 6000 ms/,
    ],
    [
      'has a dead default model',
      () => ({ models: async () => ({ 'small-1': { ...card, shutdown: '2026-01-01' } }) }),
      'model-cards',
      /default model small-1 was shut down on 2026-01-01/,
    ],
    [
      'names an unknown successor',
      () => ({ models: async () => ({ 'small-1': { ...card, successor: 'small-2' } }) }),
      'model-cards',
      /successor small-2 has no card/,
    ],
    [
      'dates its prices in the future',
      () => ({ models: async () => ({ 'small-1': { ...card, pricing: { ...card.pricing!, asOf: '2999-01-01' } } }) }),
      'model-cards',
      /pricing.asOf is 2999-01-01/,
    ],
    [
      'makes a network call for a plan',
      (provider, settings) => ({
        plan: async (request) => {
          await draw(settings);
          return provider.plan(request);
        },
      }),
      'plan',
      /unexpected request 1 after the last recorded one: POST \/draw/,
    ],
    [
      'plans what it does not send',
      (provider) => ({
        plan: async (request) => ({ ...(await provider.plan(request)), requests: [] }),
      }),
      'plan',
      /plan returned no request, but the provider sends POST/,
    ],
    [
      'throws from a health check',
      () => ({
        healthCheck: async () => {
          throw plant('authentication', 'small: wrong key');
        },
      }),
      'health-check',
      /healthCheck failed with authentication: small: wrong key/,
    ],
    [
      'is always well',
      () => ({ healthCheck: async () => ({ status: 'ok', latencyMs: 1 }) }),
      'health-check',
      /returned ok although the vendor refused every request/,
    ],
    ['never closes', () => ({ close: () => new Promise(() => undefined) }), 'close', /first call\) did not finish/],
  ];

  it.concurrent.each(faults)('finds a provider that %s', async (_, spoil, id, message) => {
    const subject = { name: 'small', create: spoilt(spoil), fixtures: conversations, timeoutMs: 10_000 };
    const found = (await listChecks(subject)).find((each) => each.id === id);

    expect((await found!.run()).join('\n')).toMatch(message);
  });

  it('finds a provider that cannot be created', async () => {
    const findings = await check(() => {
      throw new TypeError('no such thing');
    });

    expect(findings[0]).toEqual({
      check: 'kinds-recorded',
      message: 'the check failed to run: no such thing',
    });
  });

  it('finds a provider that lacks a method its conversations call', async () => {
    const stream: Conversation = {
      title: 'streams an image',
      kind: 'other',
      call: { method: 'stream', request: { prompt: 'a paper boat' } },
      exchanges: [],
      error: { code: 'unsupported' },
    };
    const withoutStream = (settings: ContractSettings) => {
      const { stream: _, ...provider } = createSmall(settings);
      return provider;
    };

    expect(await check(withoutStream, [...conversations, stream])).toEqual([
      { check: 'replay: streams an image', message: 'the provider has no method stream' },
    ]);
  });

  it('names the kinds of conversation that are not recorded', async () => {
    const fixtures = conversations.filter(({ kind }) => kind !== 'wrong-key' && kind !== 'edit');

    expect(await check(createSmall, fixtures)).toEqual([
      { check: 'kinds-recorded', message: 'there is no recorded conversation of kind edit' },
      { check: 'kinds-recorded', message: 'there is no recorded conversation of kind wrong-key' },
    ]);
  });

  it('says that the general checks need a successful generateImage, and what else is missing in the recordings', async () => {
    const [plain, adapted] = conversations;
    const findings = await check(createSmall, [adapted!, { ...adapted! }, ...conversations.slice(2)]);

    expect(plain?.title).toBe('generates one image');
    expect(findings.map(({ message }) => message)).toEqual([
      'two conversations have the title "moves a size to the nearest"',
      'the general checks need a conversation of kind success that calls generateImage with only a prompt',
    ]);
  });
});
