/** Step 1: composing the prompt. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileOwn, promptDialectOf } from '../../../src/manager/prompt/prompt-compilers.ts';
import { STYLES } from '../../../src/manager/prompt/styles.ts';
import { compose, cutAtWord, withVariation } from '../../../src/manager/steps/compose.ts';

const words = { styles: STYLES };

describe('a variation', () => {
  it('replaces every placeholder', () => {
    expect(withVariation('a {{variation}} fox, very {{variation}}', 'red')).toBe('a red fox, very red');
    expect(withVariation('a {{variation}} fox', '$& $1 $$')).toBe('a $& $1 $$ fox');
    expect(withVariation('a fox', 'red')).toBe('a fox');
    expect(withVariation('a {{variation}} fox', undefined)).toBe('a {{variation}} fox');
  });

  it('is inserted as plain text, whatever it contains', () => {
    const piece = fc.string().filter((text) => !text.includes('{') && !text.includes('}'));
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1 }), fc.string(), (pieces, variation) => {
        expect(withVariation(pieces.join('{{variation}}'), variation)).toBe(pieces.join(variation));
      }),
    );
  });
});

describe('a style', () => {
  it('is built in at least twenty times, each with a text', () => {
    expect(Object.keys(STYLES).length).toBeGreaterThanOrEqual(20);
    for (const name of ['photo', 'illustration', '3d', 'blog-header']) expect(Object.keys(STYLES)).toContain(name);
    for (const { prompt } of Object.values(STYLES)) expect(prompt.length).toBeGreaterThan(10);
  });

  it('adds its text after the caller’s prompt, and the profile’s text after that', () => {
    const composed = compose(
      { prompt: 'a fox', style: 'woodcut' },
      { ...words, profile: { styleGuidance: 'in our brand’s green' } },
    );
    expect(composed.prompt).toBe(`a fox, ${STYLES.woodcut?.prompt}, in our brand’s green`);
    expect(composed.parts.map(({ from }) => from)).toEqual(['style', 'profile']);
    expect(composed.negativePrompt).toBe(STYLES.woodcut?.negativePrompt);
  });

  it('a style that is not built in is passed to the vendor, and adds nothing', () => {
    expect(compose({ prompt: 'a fox', style: 'Vivid' }, words)).toEqual({
      own: 'a fox',
      prompt: 'a fox',
      parts: [],
      notes: [],
    });
  });
});

describe('a negative prompt', () => {
  const card = { model: 'any', card: { maxPromptLength: 1000 } };
  it('moves into the prompt when the model has none and the request allows it', () => {
    const asked = { prompt: 'a fox', negativePrompt: 'snow' };
    expect(compose({ ...asked, onUnsupported: 'adapt' }, words, card)).toMatchObject({
      prompt: 'a fox. Without snow',
      notes: [expect.stringContaining('negativePrompt')],
    });
    // Otherwise it is not moved, and the plan refuses it.
    expect(compose(asked, words, card)).toMatchObject({ prompt: 'a fox', negativePrompt: 'snow' });
  });
});

describe('the maximum length', () => {
  it('cuts added text at the end of a word, and never the caller’s own prompt', () => {
    const tight = compose({ prompt: 'a fox', style: 'photo' }, words, {
      model: 'sdxl',
      card: { maxPromptLength: 25, negativePrompt: { maxLength: 99 } },
    });
    expect(tight.prompt.startsWith('a fox, a photograph')).toBe(true);
    expect(tight.prompt.length).toBeLessThanOrEqual(25);
    expect(tight.notes).toEqual([expect.stringContaining('25 characters')]);
  });

  it('is never exceeded by added text, and no word is cut', () => {
    const text = fc.stringMatching(/^[a-z]{1,9}(?: [a-z]{1,9}){0,8}$/);
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 80 }), (long, maxLength) => {
        const cut = cutAtWord(long, maxLength);
        expect(cut.length).toBeLessThanOrEqual(Math.max(maxLength, 0));
        expect(cut === '' || long === cut || long.startsWith(`${cut} `)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 120 }), (prompt, maxPromptLength) => {
        const composed = compose({ prompt, style: 'cinematic' }, words, { model: 'any', card: { maxPromptLength } });
        expect(composed.prompt.startsWith(prompt)).toBe(true);
        expect(composed.prompt === prompt || composed.prompt.length <= maxPromptLength).toBe(true);
      }),
    );
  });
});

describe('the dialect of a model', () => {
  it.each([
    ['stabilityai/stable-diffusion-xl-base-1.0', 'tags'],
    ['sdxl', 'tags'],
    ['ideogram-4-6', 'typography'],
    ['recraftv4_1', 'typography'],
    ['gpt-image-2', 'sentences'],
    ['gemini-nano-banana-2.1', 'sentences'],
    ['flux-2-pro', 'sentences'],
  ])('of %s is %s', (model, dialect) => {
    expect(promptDialectOf(model)).toBe(dialect);
  });

  it('keeps weights for tags, and replaces them by words for others', () => {
    expect(compileOwn('a (red fox:1.3), (snow:0.5)', 'tags').text).toBe('a (red fox:1.3), (snow:0.5)');
    expect(compileOwn('a (red fox:1.3), (snow:0.5)', 'sentences')).toMatchObject({
      text: 'a red fox (emphasised), snow',
      notes: [expect.stringContaining('weights')],
    });
  });

  it('uses straight quotation marks for lettering', () => {
    expect(compileOwn('a sign that says “Open”', 'typography').text).toBe('a sign that says "Open"');
    expect(compileOwn('a sign that says "Open"', 'typography').notes).toEqual([]);
  });

  it('separates tags with commas, and sentences with full stops', () => {
    const asked = { prompt: 'a fox', style: 'flat' };
    const card = { maxPromptLength: 1000, negativePrompt: { maxLength: 9 } };
    expect(compose(asked, words, { model: 'sdxl', card }).prompt).toBe(`a fox, ${STYLES.flat?.prompt}`);
    expect(compose(asked, words, { model: 'gpt-image-2', card }).prompt).toMatch(/^a fox\. A flat vector/);
  });

  it('keeps every word of the caller’s prompt', () => {
    const text = fc.stringMatching(/^[a-z :().0-9“”]{0,60}$/);
    fc.assert(
      fc.property(text, (prompt) => {
        const wordsOf = (some: string) => some.match(/[a-z]+/g) ?? [];
        const kept = wordsOf(compileOwn(prompt, 'sentences').text).filter((word) => word !== 'emphasised');
        expect(kept).toEqual(wordsOf(prompt).filter((word) => word !== 'emphasised'));
      }),
    );
  });
});
