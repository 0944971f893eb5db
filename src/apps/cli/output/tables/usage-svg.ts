/** Shows what was spent as an SVG bar chart. Each bar has its name and number beside it, so that no one needs colour to read it. */
import { escapeXml } from '../../../../provenance/xmp/escape.ts';
import type { UsageTotal } from '../../../shared/group-usage.ts';
import { dollars } from './align-columns.ts';
import { barShares, count, shortName } from './usage-chart.ts';

/** All in pixels. */
const ROW_HEIGHT = 26;
const BAR_WIDTH = 360;
const CHARACTER_WIDTH = 7.3;
const MARGIN = 16;
const TITLE_HEIGHT = 44;

export function toSvg(
  totals: readonly UsageTotal[],
  { title, description }: { readonly title: string; readonly description: string },
): string {
  const shares = barShares(totals);
  const names = totals.map(shortName);
  const numbers = totals.map(({ usd, images }) => `${dollars(usd)}, ${count(images, 'image')}`);
  const widest = (texts: readonly string[]) =>
    Math.ceil(Math.max(...texts.map(({ length }) => length), 0) * CHARACTER_WIDTH);
  const start = MARGIN + widest(names) + 10;
  const needed = start + BAR_WIDTH + 10 + widest(numbers) + MARGIN;
  const width = Math.max(needed, Math.ceil(title.length * CHARACTER_WIDTH * 1.25) + 2 * MARGIN);
  const height = TITLE_HEIGHT + Math.max(totals.length, 1) * ROW_HEIGHT + MARGIN;
  const text = (x: number, y: number, content: string, attributes = '') =>
    `  <text x="${x}" y="${y}"${attributes}>${escapeXml(content)}</text>`;
  const rows = totals.flatMap((_, at) => {
    const y = TITLE_HEIGHT + at * ROW_HEIGHT;
    const share = shares[at] ?? 0;
    const length = share === 0 ? 0 : Math.max(Math.round(share * BAR_WIDTH), 1);
    return [
      text(start - 10, y + 17, names[at] ?? '', ' text-anchor="end"'),
      `  <rect x="${start}" y="${y + 4}" width="${length}" height="${ROW_HEIGHT - 8}" fill="#3b6ea5"/>`,
      text(start + length + 10, y + 17, numbers[at] ?? ''),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc" font-family="monospace" font-size="12">`,
    `  <title id="title">${escapeXml(title)}</title>`,
    `  <desc id="desc">${escapeXml(description)}</desc>`,
    `  <rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(MARGIN, 26, title, ' font-size="15" font-weight="bold"'),
    ...(totals.length === 0 ? [text(MARGIN, TITLE_HEIGHT + 17, 'Nothing was spent.')] : rows),
    '</svg>',
    '',
  ].join('\n');
}
