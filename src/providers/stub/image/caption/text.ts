/** Measures, wraps, shortens and draws lines of text with soft edges. */
import type { Raster } from '../raster.ts';
import { type Glyph, toGlyphs } from './font.ts';

export interface TextStyle {
  /** Pixels per unit of the typeface; 1 is the smallest legible scale. */
  readonly scale: number;
  /** Thickness of the strokes in pixels. */
  readonly weight: number;
  /** Units between the last stem of a letter and the first of the next. */
  readonly gap: number;
  readonly color: readonly [red: number, green: number, blue: number];
}

/** Returns the width in pixels. */
export function measure(text: string, style: TextStyle): number {
  const glyphs = toGlyphs(text);
  return (
    glyphs.reduce((sum, glyph) => sum + glyph.width + style.gap, 0) * style.scale -
    (glyphs.length > 0 ? style.gap * style.scale : 0)
  );
}

/** Returns the text, or the longest beginning that fits, followed by an ellipsis. Empty if not even one character fits. */
export function shorten(text: string, style: TextStyle, maxWidth: number): string {
  if (measure(text, style) <= maxWidth) return text;
  const characters = [...text];
  let [low, high] = [0, characters.length];
  const cut = (length: number) => `${characters.slice(0, length).join('').trimEnd()}…`;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(cut(middle), style) <= maxWidth) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? '' : cut(low);
}

/** Breaks a text at spaces into at most `maxLines` lines. Shortens the last line and words that are longer than a line. */
export function wrap(text: string, style: TextStyle, maxWidth: number, maxLines: number): string[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const lines: string[] = [];
  let line = '';
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const longer = line === '' ? word : `${line} ${word}`;
    if (measure(longer, style) <= maxWidth) {
      line = longer;
      continue;
    }
    if (lines.length === maxLines - 1 || line === '') {
      lines.push(
        shorten(line === '' ? words.slice(index).join(' ') : [line, ...words.slice(index)].join(' '), style, maxWidth),
      );
      return lines;
    }
    lines.push(line);
    line = '';
    index -= 1;
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** Draws one line that starts at `x` and stands on the row `baseline`. Small letters are aligned to whole pixels. */
export function drawText(raster: Raster, text: string, x: number, baseline: number, style: TextStyle): void {
  let pen = x + style.weight / 2;
  for (const glyph of toGlyphs(text)) {
    if (pen > raster.width) return;
    drawGlyph(raster, glyph, style.scale < 2 ? Math.round(pen) : pen, baseline, style);
    pen += (glyph.width + style.gap) * style.scale;
  }
}

/** Each pixel uses the coverage of its nearest stroke, so that strokes do not become darker where they cross. */
function drawGlyph(raster: Raster, glyph: Glyph, x: number, baseline: number, style: TextStyle): void {
  if (glyph.strokes.length === 0) return;
  const { scale, weight } = style;
  const margin = Math.ceil(weight / 2 + 1);
  const left = Math.floor(x) - margin;
  const wide = Math.ceil(glyph.width * scale) + 2 * margin + 2;
  const top = Math.floor(baseline - 9.5 * scale) - margin;
  const tall = Math.ceil(12 * scale) + 2 * margin;
  const coverage = new Float32Array(wide * tall);
  const toX = (value: number) => x + value * scale - left;
  const toY = (value: number) => baseline - value * scale - top;
  for (const stroke of glyph.strokes) {
    const isDot = stroke.length === 2;
    for (let i = 0; i === 0 || i + 3 < stroke.length; i += 2) {
      const [x0, y0] = [toX(stroke[i] ?? 0), toY(stroke[i + 1] ?? 0)];
      const [x1, y1] = isDot ? [x0, y0] : [toX(stroke[i + 2] ?? 0), toY(stroke[i + 3] ?? 0)];
      coverSegment(coverage, wide, tall, x0, y0, x1, y1, (isDot ? weight * 1.2 : weight) / 2);
    }
  }
  for (let row = Math.max(0, -top); row < tall && top + row < raster.height; row += 1) {
    for (let column = Math.max(0, -left); column < wide && left + column < raster.width; column += 1) {
      const share = coverage[row * wide + column] ?? 0;
      if (share > 0) tint(raster.data, ((top + row) * raster.width + left + column) * 4, style.color, share);
    }
  }
}

function coverSegment(
  coverage: Float32Array,
  wide: number,
  tall: number,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  half: number,
): void {
  const reach = half + 0.5;
  const [dx, dy] = [x1 - x0, y1 - y0];
  const square = dx * dx + dy * dy || 1;
  const firstRow = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
  const lastRow = Math.min(tall - 1, Math.ceil(Math.max(y0, y1) + reach));
  const first = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
  const last = Math.min(wide - 1, Math.ceil(Math.max(x0, x1) + reach));
  for (let row = firstRow; row <= lastRow; row += 1) {
    for (let column = first; column <= last; column += 1) {
      const [px, py] = [column - x0, row - y0];
      const along = (px * dx + py * dy) / square;
      const t = along < 0 ? 0 : along > 1 ? 1 : along;
      const [ex, ey] = [px - t * dx, py - t * dy];
      const share = Math.min(1, reach - Math.sqrt(ex * ex + ey * ey));
      const at = row * wide + column;
      if (share > (coverage[at] ?? 0)) coverage[at] = share;
    }
  }
}

export function tint(
  data: Uint8Array | Uint8ClampedArray,
  at: number,
  color: readonly [number, number, number],
  share: number,
): void {
  for (let channel = 0; channel < 3; channel += 1) {
    const before = data[at + channel] ?? 0;
    data[at + channel] = Math.round(before + ((color[channel] ?? 0) - before) * share);
  }
}
