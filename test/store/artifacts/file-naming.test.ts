import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_NAMING, type NameFacts, readNaming } from '../../../src/store/artifacts/file-naming.ts';
import { runsOf } from '../../support/full-size.ts';

const facts: NameFacts = {
  id: '0123456789abcdef0123456789abcdef',
  createdAt: '2026-11-25T13:14:15.167Z',
  prompt: 'A red fox, at dawn',
  provider: 'openai',
  model: 'gpt-image-2.5',
  seed: 7,
  width: 1024,
  height: 768,
};

const named = (template: string, more: Partial<NameFacts> = {}) => readNaming(template)({ ...facts, ...more });
const nameOf = (prompt: string) => named('{prompt}', { prompt }).join('/');
const bytesOf = (text: string) => new TextEncoder().encode(text).length;
/** An unpaired surrogate. */
const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d) *(?:\.|$)/i;

describe('a template', () => {
  it('places its values, and makes folders only from its own slashes', () => {
    expect(named(DEFAULT_NAMING)).toEqual(['2026-11-25-a-red-fox-at-dawn-01234567']);
    expect(named('{provider}/{model}/{date}-{time}-{size}-{seed}')).toEqual([
      'openai',
      'gpt-image-2-5',
      '2026-11-25-131415-1024x768-7',
    ]);
    expect(named('fox {id:4}')).toEqual(['fox 0123']);
  });

  it('leaves no gap for an empty value', () => {
    expect(readNaming('{seed}-{prompt}-{date}')({ ...facts, seed: undefined, prompt: '' })).toEqual(['2026-11-25']);
    expect(named('{prompt}', { prompt: '' })).toEqual(['image']);
  });

  it('cuts a long prompt after a word, and only the first word inside', () => {
    expect(named('{prompt:10}')).toEqual(['a-red-fox']);
    expect(named('{prompt:3}', { prompt: 'lighthouses' })).toEqual(['lig']);
  });

  it.each([
    ['F02: an absolute path', '/etc/{id}'],
    ['F02: a drive', 'C:/pictures/{id}'],
    ['F02: a drive with backslashes', 'C:\\pictures\\{id}'],
    ['F02: a share', '\\\\host\\share\\{id}'],
    ['F02: a home directory', '~/{id}'],
    ['F01: a parent folder', '../{id}'],
    ['F01: a parent folder in the middle', 'a/../../{id}'],
    ['an empty folder', 'a//{id}'],
    ['nothing', ''],
    ['F03: a line break', 'a\n{id}'],
    ['F03: a NUL', 'a\0{id}'],
    ['an unknown placeholder', '{secret}'],
    ['a placeholder named like a property of Object.prototype', '{constructor}'],
    ['an unclosed placeholder', '{id'],
    ['a stream of Windows', 'a:b-{id}'],
  ])('is refused with %s, and the error lists what is allowed', (_, template) => {
    expect(() => readNaming(template)).toThrow(
      expect.objectContaining({ code: 'not_configured', hint: expect.stringContaining('{prompt}') }),
    );
  });

  it('is refused with more folders than the name of a journal entry can hold', () => {
    expect(() => readNaming('a/b/c/d/e/f/g/h/i/{id}')).toThrow(
      expect.objectContaining({ code: 'not_configured', hint: 'Use at most 8 folders.' }),
    );
    expect(() => readNaming('a/b/c/d/e/f/g/h/{id}')).not.toThrow();
  });
});

describe('a value in a name', () => {
  it('F01: a value in a name becomes one safe name, whatever path it contains', () => {
    expect(nameOf('../../etc/cron.d/x')).toBe('etc-cron-d-x');
    expect(nameOf('..\\..\\windows')).toBe('windows');
    expect(nameOf('/etc/passwd')).toBe('etc-passwd');
  });

  it('F06: a value in a name has no separator when it comes from a server', () => {
    expect(named('{model}-{id}', { model: 'x/../../y', id: '../../z' })).toEqual(['x-y-z']);
  });

  it('F03: a value in a name loses invisible characters and direction marks', () => {
    expect(nameOf('fox\0\n\u001b[31m\u202egnp.exe')).toBe('fox-31mgnp-exe');
    expect(nameOf('soft\u00adhyphen zero\u200bwidth\u{e0041} \u3164')).toBe('softhyphen-zerowidth');
    expect(nameOf('\ufe0f\u200d\u3164\u115f')).toBe('image');
  });

  it('F04: a value in a name is never a device name, also with an extension, in capitals or with a superscript digit', () => {
    for (const name of ['CON', 'aux', 'Nul', 'com1', 'COM¹', 'lpt9']) expect(nameOf(name)).toMatch(/^image-/);
    expect(named('con.{id:4}')).toEqual(['image-con.0123']);
    expect(named('{prompt} .x', { prompt: 'con' })).toEqual(['image-con .x']);
    expect(named('aux/{id:4}')).toEqual(['image-aux', '0123']);
    expect(nameOf('console')).toBe('console');
  });

  it('F04: a value in a name has no dot or space at its ends', () => {
    expect(named('.{prompt}. ', { prompt: 'a.' })).toEqual(['a']);
    expect(named('.ai-image/{id:4}')).toEqual(['ai-image', '0123']);
  });

  it('F05: a value in a name has at most 200 bytes, cut between characters', () => {
    expect(nameOf('🦊'.repeat(4_000))).toBe('image');
    const long = nameOf('狐'.repeat(4_000));
    expect([bytesOf(long), long]).toEqual([198, '狐'.repeat(66)]);
    const pairs = nameOf('𠮷'.repeat(4_000));
    expect([bytesOf(pairs), HALF.test(pairs)]).toEqual([200, false]);
    expect(nameOf(`${'x'.repeat(1_999)}𠮷`)).toBe('x'.repeat(200));
  });

  it('F05: in folders has at most 100 bytes in total, because the name of a journal entry contains them', () => {
    const [one, other, file] = named('{prompt}/{prompt}/{prompt}', { prompt: '狐'.repeat(4_000) });
    expect([one, other, file].map((part) => bytesOf(part ?? ''))).toEqual([48, 48, 198]);
  });

  it('keeps the letters of every script', () => {
    expect(nameOf('Füchse in Zürich')).toBe('fuchse-in-zurich');
    expect(nameOf('붉은 여우')).toBe('붉은-여우');
    expect(nameOf('हिन्दी में लोमड़ी')).toBe('हिन्दी-में-लोमड़ी'.normalize('NFC'));
    expect(nameOf('赤い狐 №5')).toBe('赤い狐-no5');
  });

  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.string({ unit: fc.constantFrom(...'./\\:~ \0\n\u202e\u200b\ufe0fcoNauX1-'), maxLength: 40 }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 300 }),
    fc.constantFrom('CON', 'nul.txt', 'LPT1', '..', '.', '', 'a'.repeat(5_000), '🦊'.repeat(500), '한'.repeat(900)),
  );
  const templates = fc.constantFrom(
    DEFAULT_NAMING,
    '{prompt}',
    '{prompt:1}',
    '{provider}/{model}/{prompt}',
    '{id}.{prompt}',
    '{prompt} .{model}',
    '{prompt}/{prompt}/{prompt}/{prompt}/{id:8}',
  );

  it('F01 F03 F04 F05 F06: always becomes a name that every platform allows', () => {
    const holds = fc.property(templates, hostile, hostile, hostile, (template, prompt, model, id) => {
      const parts = named(template, { prompt, model, id, provider: model });
      expect(parts).toHaveLength(template.split('/').length);
      for (const part of parts) {
        expect(part).not.toBe('');
        expect(bytesOf(part)).toBeLessThanOrEqual(200);
        expect(part).not.toMatch(/[/\\:*?"<>|\p{Cc}\p{Cf}]/u);
        expect(part).not.toMatch(/^[. ]|[. ]$/);
        expect(part).not.toMatch(RESERVED);
        expect(part).not.toMatch(HALF);
      }
    });
    fc.assert(holds, { numRuns: runsOf(3_000) });
  });
});
