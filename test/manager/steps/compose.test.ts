/** Step 1: the words. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileOwn, promptDialectOf } from '../../../src/manager/prompt/prompt-compilers.ts';
import { STYLES } from '../../../src/manager/prompt/styles.ts';
import { atWordEnd, compose, withVariation } from '../../../src/manager/steps/compose.ts';

const words = { styles: STYLES };

describe('a variation', () => {
  it('stands in every place, as it is', () => {
    expect(withVariation('a {{variation}} fox, very {{variation}}', 'red')).toBe('a red fox, very red');
    expect(withVariation('a {{variation}} fox', '$& $1 $$')).toBe('a $& $1 $$ fox');
    expect(withVariation('a fox', 'red')).toBe('a fox');
    expect(withVariation('a {{variation}} fox', undefined)).toBe('a {{variation}} fox');
  });

  it('is text between the pieces, whatever it holds', () => {
    const piece = fc.string().filter((text) => !text.includes('{') && !text.includes('}'));
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1 }), fc.string(), (pieces, variation) => {
        expect(withVariation(pieces.join('{{variation}}'), variation)).toBe(pieces.join(variation));
      }),
    );
  });
});

describe('a style', () => {
  it('comes along in at least twenty kinds, each with words', () => {
    expect(Object.keys(STYLES).length).toBeGreaterThanOrEqual(20);
    for (const name of ['photo', 'illustration', '3d', 'blog-header']) expect(Object.keys(STYLES)).toContain(name);
    for (const { prompt } of Object.values(STYLES)) expect(prompt.length).toBeGreaterThan(10);
  });

  it('adds its words behind the caller’s, with the profile’s behind them', () => {
    const composed = compose(
      { prompt: 'a fox', style: 'woodcut' },
      { ...words, profile: { styleGuidance: 'in our brand’s green' } },
    );
    expect(composed.prompt).toBe(`a fox, ${STYLES.woodcut?.prompt}, in our brand’s green`);
    expect(composed.parts.map(({ from }) => from)).toEqual(['style', 'profile']);
    expect(composed.negativePrompt).toBe(STYLES.woodcut?.negativePrompt);
  });

  it('that nobody ships is the vendor’s own, and adds nothing', () => {
    expect(compose({ prompt: 'a fox', style: 'Vivid' }, words)).toEqual({
      own: 'a fox',
      prompt: 'a fox',
      parts: [],
      notes: [],
    });
  });
});

describe('what is not wanted', () => {
  const card = { model: 'any', card: { maxPromptLength: 1000 } };
  it('goes into the prompt where a model has no place for it and the caller lets it', () => {
    const asked = { prompt: 'a fox', negativePrompt: 'snow' };
    expect(compose({ ...asked, onUnsupported: 'adapt' }, words, card)).toMatchObject({
      prompt: 'a fox. Without snow',
      notes: [expect.stringContaining('negativePrompt')],
    });
    // Else it stays where it is, and the plan refuses it.
    expect(compose(asked, words, card)).toMatchObject({ prompt: 'a fox', negativePrompt: 'snow' });
  });
});

describe('room', () => {
  it('is made at the end of a word, and the caller’s own words stay whole', () => {
    const tight = compose({ prompt: 'a fox', style: 'photo' }, words, {
      model: 'sdxl',
      card: { maxPromptLength: 25, negativePrompt: { maxLength: 99 } },
    });
    expect(tight.prompt.startsWith('a fox, a photograph')).toBe(true);
    expect(tight.prompt.length).toBeLessThanOrEqual(25);
    expect(tight.notes).toEqual([expect.stringContaining('25 characters')]);
  });

  it('is never passed by what is added, and no word is torn', () => {
    const text = fc.stringMatching(/^[a-z]{1,9}(?: [a-z]{1,9}){0,8}$/);
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 80 }), (long, room) => {
        const cut = atWordEnd(long, room);
        expect(cut.length).toBeLessThanOrEqual(Math.max(room, 0));
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

describe('a model’s way to read', () => {
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

  it('keeps weights for tags, and makes words of them for others', () => {
    expect(compileOwn('a (red fox:1.3), (snow:0.5)', 'tags').text).toBe('a (red fox:1.3), (snow:0.5)');
    expect(compileOwn('a (red fox:1.3), (snow:0.5)', 'sentences')).toMatchObject({
      text: 'a red fox (emphasised), snow',
      notes: [expect.stringContaining('weights')],
    });
  });

  it('takes lettering in plain quotation marks', () => {
    expect(compileOwn('a sign that says “Open”', 'typography').text).toBe('a sign that says "Open"');
    expect(compileOwn('a sign that says "Open"', 'typography').notes).toEqual([]);
  });

  it('adds tags with commas, and sentences with full stops', () => {
    const asked = { prompt: 'a fox', style: 'flat' };
    const card = { maxPromptLength: 1000, negativePrompt: { maxLength: 9 } };
    expect(compose(asked, words, { model: 'sdxl', card }).prompt).toBe(`a fox, ${STYLES.flat?.prompt}`);
    expect(compose(asked, words, { model: 'gpt-image-2', card }).prompt).toMatch(/^a fox\. A flat vector/);
  });

  it('loses no word of the caller’s', () => {
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
