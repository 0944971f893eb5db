import { describe, expect, it } from 'vitest';
import { AiImageError } from '../../../../src/index.ts';
import {
  containsKey,
  describeKind,
  hideKeys,
  hideRandomWords,
  quoteName,
} from '../../../../src/providers/protocol/input/hide-keys.ts';
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
  '1024x1024',
])('%s is an ordinary name, which stays', (text) => {
  expect([hideKeys(text), hideRandomWords(text), containsKey(text)]).toEqual([text, text, false]);
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
