/** Draws an image with half-block characters, two pixels each. Transparent pixels keep the terminal's background. */
import type { RgbaImage } from '../../../../providers/kit/image/png.ts';
import { cubeIndex } from './colour-cube.ts';

export type Colours = '24bit' | '256';

const RESET = '\u001b[0m';

/** @returns lines, without a line break at the end */
export function toHalfBlocks(image: RgbaImage, colours: Colours): string {
  const lines: string[] = [];
  for (let y = 0; y < image.height; y += 2) {
    let line = '';
    let last = '';
    for (let x = 0; x < image.width; x++) {
      const { code, letter } = cellOf(colourAt(image, x, y, colours), colourAt(image, x, y + 1, colours));
      line += code === last ? letter : `\u001b[${code}m${letter}`;
      last = code;
    }
    lines.push(`${line}${RESET}`);
  }
  return lines.join('\n');
}

/** @param upper undefined: transparent */
function cellOf(upper: string | undefined, lower: string | undefined) {
  if (upper !== undefined && lower !== undefined) return { code: `38;${upper};48;${lower}`, letter: '▀' };
  if (upper !== undefined) return { code: `38;${upper};49`, letter: '▀' };
  if (lower !== undefined) return { code: `38;${lower};49`, letter: '▄' };
  return { code: '0', letter: ' ' };
}

/** Returns the colour parameters after SGR code 38 or 48. Source: ECMA-48 SGR, and xterm "Control Sequences". */
function colourAt({ width, height, data }: RgbaImage, x: number, y: number, colours: Colours): string | undefined {
  const [red = 0, green = 0, blue = 0, alpha = 0] =
    y < height ? data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4) : [];
  if (alpha < 128) return undefined;
  return colours === '24bit' ? `2;${red};${green};${blue}` : `5;${16 + cubeIndex(red, green, blue)}`;
}
