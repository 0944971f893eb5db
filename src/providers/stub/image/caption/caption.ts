/** Renders the caption below an image: the prompt, a line of facts, and the palette as five dots. */
import { blend, toBytes } from '../paint/color.ts';
import type { Palette } from '../palette.ts';
import type { Raster } from '../raster.ts';
import { drawText, measure, shorten, type TextStyle, tint, wrap } from './text.ts';

export interface Caption {
  readonly height: number;
  readonly draw: () => Raster;
}

export interface CaptionContent {
  readonly prompt: string;
  /** The line of facts in several lengths, the longest first. The first one that fits is shown. */
  readonly facts: readonly string[];
  readonly note: string | undefined;
}

/** An image with a shorter side, in pixels, has no caption. */
const MIN_SIDE = 64;
/** The maximum fraction of the height that a caption may use. */
const MAX_HEIGHT_SHARE = 0.34;

/** Lays out the caption for an image of this size. Returns undefined if legible text does not fit. */
export function createCaption(
  content: CaptionContent,
  width: number,
  height: number,
  palette: Palette,
): Caption | undefined {
  if (width < MIN_SIDE || height < MIN_SIDE) return undefined;
  const scale = toHalfStep(Math.min(width, height * 1.4) / 400);
  const prompt: TextStyle = { scale, weight: Math.max(1, scale * 0.8), gap: 2, color: toBytes(palette.ink) };
  const small = toHalfStep(scale * 0.74);
  const facts: TextStyle = {
    scale: small,
    weight: Math.max(1, small * 0.72),
    gap: 2.25,
    color: toBytes(blend(palette.ink, palette.paper, 0.3)),
  };
  const note: TextStyle = { ...facts, color: toBytes(blend(palette.accents[0] ?? palette.ink, palette.ink, 0.35)) };
  const padding = Math.round(Math.min(width, height) < 160 ? 5 * scale : 9 * scale);
  const maxWidth = width - 2 * Math.max(padding, Math.round(width * 0.018));
  const factLine = content.facts.find((line) => measure(line, facts) <= maxWidth);
  const promptLines = (count: number) =>
    wrap(content.prompt, prompt, maxWidth, count).map((text) => ({ text, style: prompt }));
  const noteLines = content.note ? [{ text: shorten(content.note, note, maxWidth), style: note }] : [];
  const factLines = factLine ? [{ text: factLine, style: facts, hasDots: true }] : [];
  const layouts: readonly (readonly Line[])[] = [
    [...promptLines(2), ...factLines, ...noteLines],
    [...promptLines(1), ...factLines, ...noteLines],
    [...promptLines(1), ...factLines],
    promptLines(1),
  ];
  const lines = layouts.find(
    (candidate) => candidate.length > 0 && heightOf(candidate, padding) <= height * MAX_HEIGHT_SHARE,
  );
  if (!lines) return undefined;
  return {
    height: heightOf(lines, padding),
    draw: () => drawStrip(lines, (width - maxWidth) / 2, width, heightOf(lines, padding), padding, palette),
  };
}

interface Line {
  readonly text: string;
  readonly style: TextStyle;
  readonly hasDots?: true;
}

const toHalfStep = (scale: number): number => Math.min(12, Math.max(1, Math.round(scale * 2) / 2));

/** Returns the distance between two baselines in pixels. It is larger after the prompt. */
const leading = (line: Line, before: Line | undefined): number =>
  before === undefined
    ? 6 * line.style.scale
    : 9.5 * line.style.scale + (before.style === line.style ? 0.5 : before.hasDots ? 2.5 : 4) * line.style.scale;

const heightOf = (lines: readonly Line[], padding: number): number =>
  Math.round(
    2 * padding +
      lines.reduce((sum, line, index) => sum + leading(line, lines[index - 1]), 0) +
      (lines.at(-1)?.style.scale ?? 0),
  );

function drawStrip(
  lines: readonly Line[],
  left: number,
  width: number,
  height: number,
  padding: number,
  palette: Palette,
): Raster {
  const data = new Uint8Array(width * height * 4);
  const strip: Raster = { width, height, data };
  const paper = [...toBytes(palette.paper), 255];
  for (let x = 0; x < width; x += 1) data.set(paper, x * 4);
  for (let y = 1; y < height; y += 1) data.copyWithin(y * width * 4, 0, width * 4);
  let baseline = padding;
  lines.forEach((line, index) => {
    baseline += leading(line, lines[index - 1]);
    drawText(strip, line.text, left, Math.round(baseline), line.style);
    if (line.hasDots) drawDots(strip, width - left, Math.round(baseline - 3 * line.style.scale), line, left, palette);
  });
  return strip;
}

/** Draws the colours of the palette at the right end of a line if there is space for them. */
function drawDots(strip: Raster, right: number, middle: number, line: Line, left: number, palette: Palette): void {
  const radius = 3.4 * line.style.scale;
  const step = radius * 2.7;
  const first = right - radius - step * (palette.accents.length - 1);
  if (left + measure(line.text, line.style) + step * 1.5 > first - radius || radius * 2 > strip.height) return;
  palette.accents.forEach((accent, index) => {
    const x = first + index * step;
    const color = toBytes(accent);
    for (let row = Math.floor(middle - radius - 1); row <= middle + radius + 1; row += 1) {
      for (let column = Math.floor(x - radius - 1); column <= x + radius + 1; column += 1) {
        const [dx, dy] = [column - x, row - middle];
        const share = Math.min(1, radius + 0.5 - Math.sqrt(dx * dx + dy * dy));
        if (share > 0) tint(strip.data, (row * strip.width + column) * 4, color, share);
      }
    }
  });
}
