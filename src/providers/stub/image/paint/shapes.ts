/** Shapes with anti-aliased edges. Coordinates are pixels of the whole image; a shape paints only its part of a band. */
import type { Band } from './band.ts';
import { type Lab, toLight } from './color.ts';
import { type Paint, paintPixel, rampIndexAt } from './paint.ts';

/** Corners of a polygon: x, y, x, y ... */
export type Points = Float64Array;

/** Paints a filled circle, or a ring if `inner` is above 0. */
export function disc(band: Band, x: number, y: number, radius: number, paint: Paint, inner = 0, opacity = 1): void {
  const [top, bottom] = rowsOf(band, y - radius - 1, y + radius + 1);
  const left = Math.max(0, Math.floor(x - radius - 1));
  const right = Math.min(band.width, Math.ceil(x + radius + 1));
  for (let row = top; row < bottom; row += 1) {
    const dy = band.top + row + 0.5 - y;
    for (let column = left; column < right; column += 1) {
      const dx = column + 0.5 - x;
      const square = dx * dx + dy * dy;
      if (square > (radius + 0.5) * (radius + 0.5)) continue;
      const distance = Math.sqrt(square);
      let coverage = radius + 0.5 - distance;
      if (coverage > 1) coverage = 1;
      if (inner > 0 && distance < inner + 0.5) coverage = Math.min(coverage, distance - inner + 0.5);
      if (coverage <= 0) continue;
      const at = (row * band.width + column) * 3;
      paintPixel(band.light, at, paint, rampIndexAt(paint, column + 0.5, band.top + row + 0.5), coverage * opacity);
    }
  }
}

/** Paints light (or, with a dark colour, shadow) that fades out at `radius`. */
export function glow(band: Band, x: number, y: number, radius: number, color: Lab, strength: number, squash = 1): void {
  const [red, green, blue] = toLight(color);
  const [top, bottom] = rowsOf(band, y - radius / squash, y + radius / squash);
  const left = Math.max(0, Math.floor(x - radius));
  const right = Math.min(band.width, Math.ceil(x + radius));
  const scale = 1 / (radius * radius);
  for (let row = top; row < bottom; row += 1) {
    const dy = (band.top + row + 0.5 - y) * squash;
    for (let column = left; column < right; column += 1) {
      const dx = column + 0.5 - x;
      const rest = 1 - (dx * dx + dy * dy) * scale;
      if (rest <= 0) continue;
      const k = rest * rest * rest * strength;
      const at = (row * band.width + column) * 3;
      const { light } = band;
      light[at] = (light[at] ?? 0) + (red - (light[at] ?? 0)) * k;
      light[at + 1] = (light[at + 1] ?? 0) + (green - (light[at + 1] ?? 0)) * k;
      light[at + 2] = (light[at + 2] ?? 0) + (blue - (light[at + 2] ?? 0)) * k;
    }
  }
}

/** Paints an axis-aligned rectangle; its edges may lie between pixels. */
export function rectangle(band: Band, x0: number, y0: number, x1: number, y1: number, paint: Paint, opacity = 1): void {
  const [top, bottom] = rowsOf(band, y0, y1);
  const left = Math.max(0, Math.floor(x0));
  const right = Math.min(band.width, Math.ceil(x1));
  for (let row = top; row < bottom; row += 1) {
    const y = band.top + row;
    const tall = Math.min(y + 1, y1) - Math.max(y, y0);
    if (tall <= 0) continue;
    for (let column = left; column < right; column += 1) {
      const wide = Math.min(column + 1, x1) - Math.max(column, x0);
      if (wide <= 0) continue;
      const at = (row * band.width + column) * 3;
      paintPixel(band.light, at, paint, rampIndexAt(paint, column + 0.5, y + 0.5), tall * wide * opacity);
    }
  }
}

let areas = new Float32Array(0);

/**
 * Paints a filled polygon. Each edge adds the area that it cuts off in every pixel; a running sum along the row gives the exact coverage.
 * Source: Raph Levien, font-rs ("Inside the fastest font renderer in the world").
 */
export function polygon(band: Band, points: Points, paint: Paint, opacity = 1): void {
  let [minX, maxX, minY, maxY] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i] ?? 0;
    const y = points[i + 1] ?? 0;
    if (x < minX) minX = x;
    if (x > maxX) maxX = x;
    if (y < minY) minY = y;
    if (y > maxY) maxY = y;
  }
  const [top, bottom] = rowsOf(band, minY, maxY);
  const left = Math.max(0, Math.floor(minX));
  const wide = Math.min(band.width, Math.ceil(maxX)) - left;
  if (top >= bottom || wide <= 0) return;
  const stride = wide + 2;
  const size = stride * (bottom - top);
  if (areas.length < size) areas = new Float32Array(size);
  else areas.fill(0, 0, size);
  for (let i = 0; i < points.length; i += 2) {
    const next = i + 2 < points.length ? i + 2 : 0;
    addEdge(
      (points[i] ?? 0) - left,
      (points[i + 1] ?? 0) - band.top - top,
      (points[next] ?? 0) - left,
      (points[next + 1] ?? 0) - band.top - top,
      wide,
      bottom - top,
      stride,
    );
  }
  for (let row = top; row < bottom; row += 1) {
    let sum = 0;
    let from = (row - top) * stride;
    let at = (row * band.width + left) * 3;
    for (let x = 0; x < wide; x += 1, from += 1, at += 3) {
      sum += areas[from] ?? 0;
      const coverage = Math.min(1, sum < 0 ? -sum : sum);
      if (coverage < 0.002) continue;
      paintPixel(band.light, at, paint, rampIndexAt(paint, left + x + 0.5, band.top + row + 0.5), coverage * opacity);
    }
  }
  areas.fill(0, 0, size);
}

function addEdge(x0: number, y0: number, x1: number, y1: number, wide: number, rows: number, stride: number): void {
  if (y0 === y1) return;
  const direction = y0 < y1 ? 1 : -1;
  const slope = (x1 - x0) / (y1 - y0);
  const [startX, startY, endY] = direction > 0 ? [x0, y0, y1] : [x1, y1, y0];
  for (let row = Math.max(0, Math.floor(startY)); row < rows && row < endY; row += 1) {
    const from = Math.max(row, startY);
    const to = Math.min(row + 1, endY);
    if (to <= from) continue;
    const height = (to - from) * direction;
    let a = startX + (from - startY) * slope;
    let b = startX + (to - startY) * slope;
    if (a > b) [a, b] = [b, a];
    a = a < 0 ? 0 : a > wide ? wide : a;
    b = b < 0 ? 0 : b > wide ? wide : b;
    const base = row * stride;
    const first = Math.floor(a);
    const last = Math.ceil(b);
    if (last <= first + 1) {
      const share = (a + b) / 2 - first;
      add(base + first, height * (1 - share));
      add(base + first + 1, height * share);
      continue;
    }
    const perPixel = height / (b - a);
    let done = 0;
    for (let x = first; x < last; x += 1) {
      const begin = Math.max(a, x);
      const end = Math.min(b, x + 1);
      const part = perPixel * (end - begin);
      const share = (begin + end) / 2 - x;
      add(base + x, part * (1 - share));
      add(base + x + 1, part * share);
      done += part;
    }
    add(base + last, height - done);
  }
}

function add(index: number, value: number): void {
  areas[index] = (areas[index] ?? 0) + value;
}

/** Returns the rows of a band that lie between two y coordinates of the image, relative to the band. */
export function rowsOf(band: Band, from: number, to: number): [top: number, bottom: number] {
  return [Math.max(0, Math.floor(from) - band.top), Math.min(band.rows, Math.ceil(to) - band.top)];
}
