/** PNG and APNG: checks every chunk, inflates nothing. Source: PNG Specification, third edition (W3C, 2025). */
import { brokenImage, type Inspection, inspectedImage } from '../inspection.ts';
import { readPngStructure } from '../png/structure.ts';

export function inspectPng(bytes: Uint8Array): Inspection {
  const png = readPngStructure(bytes);
  if (typeof png === 'string') return brokenImage('png', png);
  const { width, height, frames, colourType, transparency, end } = png;
  const hasAlpha = colourType >= 4 || transparency !== undefined;
  return inspectedImage('png', { width, height, frames, hasAlpha, trailingBytes: bytes.length - end });
}
