import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { toChart } from '../../../../src/apps/cli/output/tables/usage-chart.ts';
import { toSvg } from '../../../../src/apps/cli/output/tables/usage-svg.ts';
import { groupUsage } from '../../../../src/apps/shared/group-usage.ts';
import { readXml } from '../../../../src/provenance/xmp/xml.ts';
import { createStore, type UsageRow } from '../../../../src/store/index.ts';
import { openWorkshop } from '../workshop.ts';

const row = (day: string, provider: string, model: string, usd: number, images = 1, calls = 1): UsageRow => ({
  ...{ day, provider, model, usd, images, calls },
});
const ROWS = [
  row('2026-11-24', 'fal', 'flux', 0.1),
  row('2026-11-24', 'openai', 'gpt', 0.2, 3),
  row('2026-11-25', 'fal', 'flux', 0.7, 7, 2),
];

describe('what was spent', () => {
  it('is grouped by day, provider, model or project, and adds up exactly', () => {
    expect(groupUsage(ROWS, 'day')).toEqual([
      { name: '2026-11-24', calls: 2, images: 4, usd: 0.3 },
      { name: '2026-11-25', calls: 2, images: 7, usd: 0.7 },
    ]);
    expect(groupUsage(ROWS, 'provider')).toEqual([
      { name: 'fal', calls: 3, images: 8, usd: 0.8 },
      { name: 'openai', calls: 1, images: 3, usd: 0.2 },
    ]);
    const ofProject = [{ ...ROWS[0]!, project: 'ada' }, ...ROWS.slice(1)];
    expect(groupUsage(ofProject, 'project').map(({ name, usd }) => [name, usd])).toEqual([
      ['(none)', 0.9],
      ['ada', 0.1],
    ]);
    expect(groupUsage(ROWS, 'model').map(({ name }) => name)).toEqual(['fal flux', 'openai gpt']);
  });

  it('fits the terminal as a chart, and shows every amount above zero', () => {
    const spent = [...groupUsage(ROWS, 'provider'), { name: 'tiny', calls: 1, images: 1, usd: 0.0001 }];
    for (const width of [60, 80, 200]) {
      const lines = toChart([...spent, { name: 'free', calls: 1, images: 1, usd: 0 }], width);
      expect(lines[0]).toHaveLength(width);
      const bars = lines.map((line) => line.split('█').length - 1);
      expect(bars[1]! / bars[0]!).toBeCloseTo(0.25, 1);
      expect(bars.slice(2)).toEqual([1, 0]);
    }
    expect(toChart([{ name: 'stub', calls: 1, images: 2, usd: 0 }], 60)[0]).toMatch(
      /^stub {2}\$0\.00 {2}2 images {2}1 call {2}█+$/,
    );
    expect(toChart([], 80)).toEqual([]);
  });

  it('is a valid SVG with title and description, for any names', async () => {
    const name = `<b>&"'\u0007\ud800]]> ünï ${'x'.repeat(80)}`;
    const svg = toSvg([{ name, calls: 1, images: 2, usd: 0.5 }], { title: name, description: `d ${name}` });
    const root = readXml(svg);
    if (typeof root === 'string') throw new Error(root);
    expect(root.children.slice(0, 2).map(({ name }) => name)).toEqual([
      'http://www.w3.org/2000/svg title',
      'http://www.w3.org/2000/svg desc',
    ]);
    expect(svg).not.toContain('<b>');
    expect(svg).toMatch(/<text[^>]*>\$0\.5, 2 images<\/text>/);
    const { width, height } = await sharp(Buffer.from(svg)).metadata();
    expect([width! > 500, height]).toEqual([true, 86]);
  });
});

/** Creates a store with recorded spending. */
async function openSpent() {
  const shop = await openWorkshop();
  const store = createStore({ directory: join(shop.path, '.local/share/imagen') });
  await store.preflight();
  for (const [provider, micros] of [
    ['openai', 40_000],
    ['fal', 10_000],
    ['openai', 2_500],
  ] as const) {
    const id = await store.ledger.reserve({ micros, provider, model: 'm', images: 2 }, []);
    await store.ledger.recordCost(id as string, micros);
  }
  const given = await store.ledger.reserve({ micros: 9_000_000, provider: 'luma', model: 'm', images: 1 }, []);
  await store.ledger.release(given as string);
  await store.close();
  return shop;
}

describe('imagen usage', () => {
  it('shows a chart and the total', async () => {
    await using shop = await openSpent();
    const { exit, stdout, stderr } = await shop.run('usage', '--by', 'provider');
    expect(exit).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^openai {2}\$0\.0425 {2}4 images {2}2 calls {2}█+$/);
    expect(lines[1]).toMatch(/^fal {5}\$0\.01 {4}2 images {2}1 call {3}█+$/);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toHaveLength(80);
    expect(stderr).toBe('imagen: total: $0.0525 for 6 images in 3 calls\n');
    const day = await shop.run('usage');
    expect(day.stdout).toMatch(/^\d{4}-\d\d-\d\d {2}\$0\.0525 /);
  });

  it('--json writes one document; --since leaves out earlier calls', async () => {
    await using shop = await openSpent();
    expect(JSON.parse((await shop.run('usage', '--by', 'model', '--json')).stdout)).toEqual({
      by: 'model',
      since: null,
      rows: [
        { name: 'openai m', calls: 2, images: 4, usd: 0.0425 },
        { name: 'fal m', calls: 1, images: 2, usd: 0.01 },
      ],
      total: { calls: 3, images: 6, usd: 0.0525 },
    });
    const later = JSON.parse((await shop.run('usage', '--since', '2999-01-01', '--json')).stdout);
    expect(later).toMatchObject({ since: '2999-01-01T00:00:00.000Z', rows: [], total: { usd: 0 } });
    expect(JSON.parse((await shop.run('usage', '--since', '1h', '--json')).stdout).total.usd).toBe(0.0525);
  });

  it('--svg writes a file, prints its path and never overwrites', async () => {
    await using shop = await openSpent();
    const path = join(shop.path, 'spent.svg');
    const { exit, stdout } = await shop.run('usage', '--svg', 'spent.svg');
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${path}\n` });
    const svg = await readFile(path, 'utf8');
    expect(svg).toContain('<title id="title">Spent by day: $0.0525 for 6 images in 3 calls</title>');
    expect(typeof readXml(svg)).toBe('object');
    await writeFile(path, 'theirs');
    const again = await shop.run('usage', '--svg', 'spent.svg');
    expect(again).toMatchObject({ exit: 2, stdout: '' });
    expect(again.stderr).toContain('spent.svg already exists');
    expect(await readFile(path, 'utf8')).toBe('theirs');
  });

  it('names the store when nothing was spent', async () => {
    await using shop = await openWorkshop();
    const { exit, stdout, stderr } = await shop.run('usage');
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(stderr).toContain(`nothing was spent, according to ${shop.path}`);
    const { stdout: path } = await shop.run('usage', '--svg', 'none.svg');
    expect(await readFile(path.trim(), 'utf8')).toContain('Nothing was spent.');
  });

  it.each([
    [['--by', 'provder'], 'Did you mean provider?'],
    [['--svg', 'spent.png'], 'invalid --svg'],
    [['--svg', 'nowhere/spent.svg'], 'its directory does not exist'],
    [['--since', 'monday'], 'invalid --since'],
    [['monday'], 'too many arguments'],
  ])('refuses %j', async (flags, message) => {
    await using shop = await openWorkshop();
    const { exit, stdout, stderr } = await shop.run('usage', ...flags);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
