/** Encodes an image as sixels: bands of six rows, one pass for each colour in a band. Source: DEC "VT330/VT340 Graphics Programming", chapter 14. */
import type { RgbaImage } from '../../../../providers/kit/image/png.ts';
import { cubeIndex, STEPS } from './colour-cube.ts';

const ROWS = 6;
const TRANSPARENT = -1;

/** Uses the 216 common colours. Transparent pixels are left out. */
export function toSixels({ width, height, data }: RgbaImage): string {
  const colours = Int16Array.from({ length: width * height }, (_, at) => {
    const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(at * 4, at * 4 + 4);
    return alpha < 128 ? TRANSPARENT : cubeIndex(red, green, blue);
  });
  const used = [...new Set(colours)].filter((colour) => colour !== TRANSPARENT);
  const palette = used.map((colour) => `#${colour};2;${percents(colour).join(';')}`);
  const bands: string[] = [];
  for (let top = 0; top < height; top += ROWS) {
    const band = colours.subarray(top * width, Math.min(top + ROWS, height) * width);
    const present = [...new Set(band)].filter((colour) => colour !== TRANSPARENT);
    bands.push(present.map((colour) => `#${colour}${rowOf(band, width, colour)}`).join('$'));
  }
  return `\u001bP0;1;0q"1;1;${width};${height}${palette.join('')}${bands.join('-')}\u001b\\`;
}

const percents = (colour: number): readonly number[] =>
  [Math.floor(colour / 36), Math.floor(colour / 6) % 6, colour % 6].map((step) =>
    Math.round(((STEPS[step] ?? 0) / 255) * 100),
  );

/** One character per column: a bit for each of the six pixels that has the colour, the top pixel in the lowest bit. */
function rowOf(band: Int16Array, width: number, colour: number): string {
  let row = '';
  let count = 0;
  let character = '';
  const flush = () => {
    row += count > 3 ? `!${count}${character}` : character.repeat(count);
  };
  for (let x = 0; x < width; x++) {
    let bits = 0;
    for (let y = 0; y * width < band.length; y++) if (band[y * width + x] === colour) bits |= 1 << y;
    const next = String.fromCharCode(63 + bits);
    if (next !== character) {
      flush();
      [character, count] = [next, 0];
    }
    count++;
  }
  flush();
  return row;
}
