/** Creates the palette of one image from a colour scheme, with a small random hue shift and the colours that the prompt names. */
import { type ColorScheme, colorSchemes, type OklchColor, PALETTE_IDS, type PaletteId } from './color-schemes.ts';
import { type Lab, oklch } from './paint/color.ts';
import { cosTurns, mix } from './paint/numbers.ts';
import type { SeededRandom } from './paint/random.ts';

export interface Palette {
  readonly id: PaletteId;
  /** From the zenith down to the horizon. */
  readonly sky: readonly Lab[];
  /** Sun, moon, lamp. */
  readonly light: Lab;
  /** Land in the distance and in the foreground. */
  readonly far: Lab;
  readonly near: Lab;
  /** Five matching colours, the strongest first. */
  readonly accents: readonly Lab[];
  readonly paper: Lab;
  readonly ink: Lab;
  readonly isNight: boolean;
}

/** Returns the three palettes closest to a hue in degrees, the closest first. */
export function findNearestPalettes(hue: number): readonly PaletteId[] {
  const distance = (id: PaletteId) => 1 - cosTurns((colorSchemes[id].hue - hue) / 360);
  return [...PALETTE_IDS].sort((a, b) => distance(a) - distance(b)).slice(0, 3);
}

/** @param named the colours that the prompt names; they replace the strongest accents. */
export function createPalette(id: PaletteId, random: SeededRandom, named: readonly Lab[]): Palette {
  const scheme: ColorScheme = colorSchemes[id];
  const turn = random.range(-7, 7);
  const color = ([lightness, chroma, hue]: OklchColor): Lab => oklch(lightness, chroma, hue + turn);
  const accents = scheme.accents.map(color);
  const first = accents[0] ?? color(scheme.light);
  return {
    id,
    sky: scheme.sky.map(color),
    light: tintLight(color(scheme.light), named[0], scheme.light[1] > COLORED_CHROMA),
    far: color(scheme.far),
    near: color(scheme.near),
    accents: [named[0] ?? first, named[1] ?? accents[1] ?? first, ...accents.slice(2)],
    paper: color(scheme.paper),
    ink: color(scheme.ink),
    isNight: scheme.isNight === true,
  };
}

/** A light with more chroma is a coloured disc rather than a light source. */
const COLORED_CHROMA = 0.15;

/** A coloured sun takes the colour that the prompt names. A bright sun keeps its lightness and is only tinted. */
function tintLight(light: Lab, named: Lab | undefined, isColored: boolean): Lab {
  if (!named) return light;
  return isColored ? named : [light[0], mix(light[1], named[1], 0.3), mix(light[2], named[2], 0.3)];
}
