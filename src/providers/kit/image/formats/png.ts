/** PNG and APNG: every chunk checked, nothing inflated. Source: PNG Specification, third edition (W3C, 2025). */
import { brokenOf, type Inspection, imageOf } from '../inspection.ts';
import { readPngStructure } from '../png/structure.ts';

export function inspectPng(bytes: Uint8Array): Inspection {
  const png = readPngStructure(bytes);
  if (typeof png === 'string') return brokenOf('png', png);
  const { width, height, frames, colourType, transparency, end } = png;
  const hasAlpha = colourType >= 4 || transparency !== undefined;
  return imageOf('png', { width, height, frames, hasAlpha, trailingBytes: bytes.length - end });
}
