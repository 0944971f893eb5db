import { describe, expect, it } from 'vitest';
import { AiImageError } from '../../../../src/index.ts';
import {
  containsKey,
  describeKind,
  hideKeys,
  hideRandomWords,
  quoteName,
} from '../../../../src/providers/protocol/input/hide-keys.ts';
import { registry } from '../../../../src/providers/registry.ts';
import { createRedactor } from '../../../../src/transport/index.ts';
import { PREFIXED_KEYS, showsKey, VENDOR_KEYS } from '../../../support/vendor-keys.ts';

describe('a key of every vendor', () => {
  it.each(Object.entries(VENDOR_KEYS))('%s is hidden where a name belongs', (_, key) => {
    expect(quoteName(key)).toBe('"[redacted]"');
    for (const text of [key, `x ${key} y`, `openai:${key}`, `${key}/model`, key.slice(0, 40)])
      expect(showsKey(quoteName(text, 100), key), text).toBe(false);
  });

  it.each(PREFIXED_KEYS)('%s is hidden in any text of an error', (key) => {
    const error = new AiImageError('internal', `it failed: ${key}.`, {
      hint: `Remove ${key}.`,
      provider: key,
      model: key,
    });
    expect(showsKey([error.message, error.stack, JSON.stringify(error)].join(), key)).toBe(false);
    expect(containsKey(key)).toBe(true);
  });

  it('that the transport recognizes is recognized here too', () => {
    const redact = createRedactor(() => []);
    const known = Object.values(VENDOR_KEYS).filter((key) => redact(key) === '[redacted]');
    expect(known.length).toBeGreaterThan(5);
    expect(known.filter((key) => hideKeys(key) !== '[redacted]')).toEqual([]);
  });
});

it.each([
  'key-visual-for-the-campaign-2026.png',
  'token_count and secret-santa-invitation-2026',
  '/home/me/risk-assessment-of-the-project/api-v2-images-of-the-launch.png',
  'black-forest-labs/FLUX.1-Kontext-dev',
  'gemini-3.1-flash-image-preview',
  'stabilityai/stable-diffusion-3-5-Large-Turbo',
  'fal-ai/bytedance/seedream/v5/text-to-image',
  'sessionTimeoutMilliseconds',
  'xai-grok-2-image',
  'xai-production-eu',
  'hf-stable-diffusion-xl',
  'hf-internal-testing/tiny-stable-diffusion',
  'sk_realistic_vision_v51.safetensors',
  'sk-image-generation-prod',
  'luma-photon-flash1',
  'fal-flux-schnell-v11turbo',
  'api-gateway-gpt4image',
  '/srv/hf-model-outputs/2026/fox.png',
  '1024x1024',
])('%s is an ordinary name, which stays', (text) => {
  expect([hideKeys(text), hideRandomWords(text), containsKey(text)]).toEqual([text, text, false]);
});

it('no id of a model and of a provider looks like a key', async () => {
  const entries = Object.entries(registry).map(async ([id, { about, load }]) => {
    const { models } = ((await load()) as { definition: { models: object } }).definition;
    return [id, ...about.aliases, ...Object.keys(models)];
  });
  const ids = (await Promise.all(entries)).flat();
  expect(ids.length).toBeGreaterThan(100);
  expect(ids.filter(containsKey)).toEqual([]);
});

it('the id of a job stays in a message, because the caller needs it', () => {
  expect(hideKeys('job 3f9a7c1e-5b8d-4046-af73-90bc15de8274 failed')).toContain('90bc15de8274');
});

it.each([
  [null, 'null'],
  [undefined, 'undefined'],
  [5, 'a number'],
  [[], 'an array'],
  [{}, 'an object'],
  [new Map(), 'an instance of Map'],
  [() => 1, 'a function'],
])('describeKind names the kind of %s, never its value', (value, kind) => {
  expect(describeKind(value)).toBe(kind);
  expect(quoteName(value)).toBe(kind);
});
