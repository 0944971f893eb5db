/**
 * Colours. They are mixed in OKLab, where equal steps look equal, and painted in linear light, where soft edges look right.
 * Source: Björn Ottosson, "A perceptual color space for image processing"; IEC 61966-2-1 for sRGB.
 */
import { clamp01, cosTurns, mix, root, sinTurns } from './numbers.ts';

/** OKLab: lightness 0..1, green-red, blue-yellow. */
export type Lab = readonly [lightness: number, a: number, b: number];
/** Linear light, 0..1 each. */
export type Light = readonly [red: number, green: number, blue: number];
/** Colours along a line: three linear-light numbers per step. */
export type Ramp = Float32Array;

/** @param hue in degrees: 30 red, 90 yellow, 145 green, 200 teal, 260 blue, 300 violet, 350 pink. */
export const oklch = (lightness: number, chroma: number, hue: number): Lab => [
  lightness,
  chroma * cosTurns(hue / 360),
  chroma * sinTurns(hue / 360),
];

export const blend = (from: Lab, to: Lab, t: number): Lab => [
  mix(from[0], to[0], t),
  mix(from[1], to[1], t),
  mix(from[2], to[2], t),
];

/** The same hue, lighter (above 0) or darker. */
export const shift = (color: Lab, lightness: number, chroma = 1): Lab => [
  clamp01(color[0] + lightness),
  color[1] * chroma,
  color[2] * chroma,
];

/** Returns the linear light of a colour. A colour outside sRGB loses chroma, but keeps its hue and lightness. */
export function toLight(color: Lab): Light {
  const exact = convert(color, 1);
  if (isShowable(exact)) return clampLight(exact);
  let low = 0;
  let high = 1;
  for (let step = 0; step < 12; step += 1) {
    const middle = (low + high) / 2;
    if (isShowable(convert(color, middle))) low = middle;
    else high = middle;
  }
  return clampLight(convert(color, low));
}

/** Returns a gradient through colours at equal distances: mixed in OKLab at knots, in linear light between them. */
export function ramp(colors: readonly Lab[], steps = 256): Ramp {
  const result = new Float32Array(steps * 3);
  const spans = Math.max(1, (colors.length - 1) * KNOTS_PER_SPAN);
  const knots = Array.from({ length: spans + 1 }, (_, knot) => toLight(colorAt(colors, knot / KNOTS_PER_SPAN)));
  for (let step = 0; step < steps; step += 1) {
    const at = steps === 1 ? 0 : (step / (steps - 1)) * spans;
    const index = Math.min(Math.floor(at), spans - 1);
    const from = knots[index] ?? NO_LIGHT;
    const to = knots[index + 1] ?? from;
    for (let channel = 0; channel < 3; channel += 1) {
      result[step * 3 + channel] = mix(from[channel] ?? 0, to[channel] ?? 0, at - index);
    }
  }
  return result;
}

/** @param at 0 for the first colour, 1 for the second; fractions are mixed */
function colorAt(colors: readonly Lab[], at: number): Lab {
  const index = Math.min(Math.floor(at), Math.max(0, colors.length - 2));
  const from = colors[index] ?? BLACK;
  return blend(from, colors[index + 1] ?? from, at - index);
}

const KNOTS_PER_SPAN = 12;
const NO_LIGHT: Light = [0, 0, 0];
const BLACK: Lab = [0, 0, 0];
const ENCODE_STEPS = 16384;
let encodeTable: Float32Array | undefined;

/** Returns a table from linear light (index / 16384) to sRGB (0..255, with fractions). Computed at first use. */
export function srgbTable(): Float32Array {
  if (encodeTable) return encodeTable;
  encodeTable = new Float32Array(ENCODE_STEPS + 1);
  for (let i = 0; i <= ENCODE_STEPS; i += 1) encodeTable[i] = 255 * toSrgb(i / ENCODE_STEPS);
  return encodeTable;
}

/** Returns the three sRGB bytes of a colour. */
export function toBytes(color: Lab): readonly [number, number, number] {
  const [red, green, blue] = toLight(color);
  return [Math.round(255 * toSrgb(red)), Math.round(255 * toSrgb(green)), Math.round(255 * toSrgb(blue))];
}

/** Uses roots, because x ** (1 / 2.4) equals the 12th root of x ** 5 and `**` is not the same on every engine. */
function toSrgb(x: number): number {
  if (x <= 0.0031308) return 12.92 * x;
  const third = root(x, 3);
  return 1.055 * Math.sqrt(Math.sqrt(third * third * third * third * third)) - 0.055;
}

function convert([lightness, a0, b0]: Lab, chroma: number): Light {
  const a = a0 * chroma;
  const b = b0 * chroma;
  const l = lightness + 0.3963377774 * a + 0.2158037573 * b;
  const m = lightness - 0.1055613458 * a - 0.0638541728 * b;
  const s = lightness - 0.0894841775 * a - 1.291485548 * b;
  const [l3, m3, s3] = [l * l * l, m * m * m, s * s * s];
  return [
    4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3,
    -1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3,
    -0.0041960863 * l3 - 0.7034186147 * m3 + 1.707614701 * s3,
  ];
}

const clampLight = ([red, green, blue]: Light): Light => [clamp01(red), clamp01(green), clamp01(blue)];

const isShowable = (light: Light): boolean => light.every((value) => value >= -0.0005 && value <= 1.0005);
