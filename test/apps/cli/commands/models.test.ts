import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ABILITIES,
  hasAbility,
  lifecycleOf,
  lifecycleText,
  lowestPrice,
} from '../../../../src/apps/cli/output/tables/model-texts.ts';
import { listProviders, type ModelCard } from '../../../../src/index.ts';
import { imagen, temporaryFolder } from '../support.ts';

async function models(args: readonly string[], { isTerminal = false, config = '' } = {}) {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'imagen.yaml'), config, { mode: 0o600 });
  return await imagen(['models', ...args, '--config', 'imagen.yaml'], { cwd: folder.path, isTerminal });
}
type Row = ModelCard & { provider: string; model: string; isDefault: boolean; life: string };
const cardsOf = async (args: readonly string[]): Promise<readonly Row[]> =>
  JSON.parse((await models([...args, '--json'])).stdout).models;
const rowsOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

describe('imagen models', () => {
  it('lists every provider without a key, default models first and retired ones last', async () => {
    const cards = await cardsOf([]);
    const providers = [...new Set(cards.map(({ provider }) => provider))];
    expect(providers).toEqual(listProviders().map(({ id }) => id));
    for (const provider of providers) {
      const own = cards.filter((card) => card.provider === provider);
      expect(own.map(({ isDefault }) => isDefault)).toEqual(own.map((_, at) => at === 0));
      const lives = own.map(({ life }) => life === 'retired');
      expect(lives).toEqual(lives.toSorted());
    }
  });

  it('a row has sizes, count, edits, the dated price and the lifecycle', async () => {
    const { exit, stdout, stderr } = await models(['--provider', 'stub']);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(rowsOf(stdout)).toEqual([
      ['stub', 'stub-1', '1 to 4096', '4', 'edit, inpaint, variation (mask)', '$0.00 (2026-11-21)', 'default'],
      [
        'stub',
        'stub-0',
        '1 to 4096',
        '4',
        'edit, inpaint, variation (mask)',
        '$0.00 (2026-11-21)',
        'retired 2026-01-01, use stub-1',
      ],
    ]);
  });

  it('has a header in a terminal, and data only in a pipe', async () => {
    const screen = await models(['--provider', 'stub'], { isTerminal: true });
    expect(rowsOf(screen.stdout)[0]).toEqual(['PROVIDER', 'MODEL', 'SIZES', 'N', 'EDITS', 'PRICE PER IMAGE', 'STATE']);
    expect(screen.stdout.split('\n').length).toBe((await models(['--provider', 'stub'])).stdout.split('\n').length + 1);
  });

  it('words: all must match, in names, titles, aliases and abilities', async () => {
    const found = await cardsOf(['nano', 'inpaint']);
    expect(found).toEqual([]);
    const flux = await cardsOf(['FLUX', 'kontext']);
    expect(flux.length).toBeGreaterThan(2);
    for (const { model, title } of flux) expect(`${model} ${title}`).toMatch(/kontext/i);
    expect(new Set((await cardsOf(['xai_aurora'])).map(({ provider }) => provider))).toEqual(new Set(['xai']));
  });

  it.each(ABILITIES)('--can %s: only models whose card has it', async (ability) => {
    const [all, able] = [await cardsOf([]), await cardsOf(['--can', ability])];
    expect(able.map(({ provider, model }) => [provider, model])).toEqual(
      all.filter((card) => hasAbility(card, ability)).map(({ provider, model }) => [provider, model]),
    );
    expect(able.length).toBeGreaterThan(0);
    expect(able.length).toBeLessThan(all.length);
  });

  it('--can twice: models with both', async () => {
    for (const { edit, seed } of await cardsOf(['--can', 'inpaint', '--can', 'seed'])) {
      expect(edit?.operations).toContain('inpaint');
      expect(seed).toBeDefined();
    }
  });

  it('--max-price: the cheapest first, without retired models; reports how many have no known price', async () => {
    const cards = await cardsOf(['--max-price', '0.02']);
    const prices = cards.map((card) => lowestPrice(card) ?? Number.NaN);
    expect(prices).toEqual(prices.toSorted((one, other) => one - other));
    expect(prices.at(-1)).toBeLessThanOrEqual(0.02);
    expect(cards.map(({ life }) => life)).not.toContain('retired');
    expect((await models(['--max-price', '$0.02'])).stderr).toMatch(/left out \d+ models without a known price/);
  });

  it('lists the models of a configured backend, with its own default', async () => {
    const config = 'backends:\n  main: { type: openai, model: gpt-image-2, api_key_env: NOT_SET }\n';
    const { stdout } = await models(['--provider', 'main'], { config });
    expect(rowsOf(stdout)[0]).toEqual(['main', 'gpt-image-2', ...Array(4).fill(expect.any(String)), 'default']);
  });

  it('suggests a name when no model is found', async () => {
    const { exit, stdout, stderr } = await models(['recaft']);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(stderr).toContain('no models found. Did you mean recraft?');
  });

  it.each([
    [['--can', 'inpant'], 'Did you mean inpaint?'],
    [['--max-price', 'cheap'], 'invalid --max-price "cheap"'],
    [['--max-price', '-1'], 'invalid --max-price "-1"'],
    [['--provider', 'opnai'], 'Did you mean openai?'],
    [['--prvider', 'openai'], 'Did you mean --provider?'],
  ])('%j is refused', async (args, message) => {
    const { exit, stdout, stderr } = await models(args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('the lifecycle of a model', () => {
  const card = (more: Partial<ModelCard>) => more as ModelCard;

  it('ends on the day of its shutdown, not the day before', () => {
    const ending = card({ shutdown: '2027-01-02', successor: 'next' });
    expect([lifecycleOf(ending, '2027-01-01'), lifecycleOf(ending, '2027-01-02')]).toEqual(['ends', 'retired']);
    expect(lifecycleText(ending, '2027-01-01')).toBe('until 2027-01-02, use next');
    expect(lifecycleText(ending, '2027-01-02')).toBe('retired 2027-01-02, use next');
  });

  it('deprecated: since when, and which model to use', () => {
    expect(lifecycleText(card({ deprecated: '2026-01-01', successor: 'next' }), '2026-06-01')).toBe(
      'deprecated 2026-01-01, use next',
    );
    expect(lifecycleText(card({}), '2026-06-01')).toBe('');
  });
});
