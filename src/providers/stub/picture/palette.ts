/** The colours of one picture: a tuned scheme, moved a little by chance and towards the colours a prompt names. */
import { type Lab, oklch } from './paint/color.ts';
import { cosTurns, mix } from './paint/numbers.ts';
import type { SeededRandom } from './paint/random.ts';

export interface Palette {
  readonly id: PaletteId;
  /** From the zenith down to the horizon. */
  readonly sky: readonly Lab[];
  /** Sun, moon, lamp. */
  readonly light: Lab;
  /** Land in the distance and at our feet. */
  readonly far: Lab;
  readonly near: Lab;
  /** Five colours that go together, the loudest first. */
  readonly accents: readonly Lab[];
  readonly paper: Lab;
  readonly ink: Lab;
  readonly isNight: boolean;
}

type Shade = readonly [lightness: number, chroma: number, hue: number];

interface Scheme {
  readonly sky: readonly Shade[];
  readonly light: Shade;
  readonly far: Shade;
  readonly near: Shade;
  readonly accents: readonly Shade[];
  readonly paper: Shade;
  readonly ink: Shade;
  /** The hue people would name it by, in degrees. */
  readonly hue: number;
  readonly isNight?: true;
}

/** Lightness 0..1, chroma, hue in degrees, all in OKLCH. */
const SCHEMES = {
  dawn: {
    sky: [
      [0.66, 0.085, 285],
      [0.79, 0.085, 345],
      [0.9, 0.085, 62],
    ],
    light: [0.97, 0.07, 88],
    far: [0.77, 0.07, 335],
    near: [0.27, 0.075, 292],
    accents: [
      [0.71, 0.16, 32],
      [0.83, 0.12, 78],
      [0.6, 0.13, 345],
      [0.46, 0.11, 285],
      [0.9, 0.05, 60],
    ],
    paper: [0.965, 0.012, 70],
    ink: [0.27, 0.04, 300],
    hue: 350,
  },
  ember: {
    sky: [
      [0.27, 0.085, 285],
      [0.47, 0.14, 345],
      [0.68, 0.17, 38],
      [0.85, 0.13, 78],
    ],
    light: [0.92, 0.12, 85],
    far: [0.58, 0.15, 25],
    near: [0.17, 0.055, 320],
    accents: [
      [0.66, 0.2, 35],
      [0.8, 0.15, 75],
      [0.5, 0.17, 10],
      [0.33, 0.1, 320],
      [0.9, 0.06, 80],
    ],
    paper: [0.955, 0.018, 65],
    ink: [0.25, 0.05, 350],
    hue: 38,
  },
  moonlight: {
    sky: [
      [0.15, 0.05, 272],
      [0.27, 0.075, 262],
      [0.46, 0.085, 240],
    ],
    light: [0.95, 0.035, 95],
    far: [0.43, 0.075, 245],
    near: [0.1, 0.035, 268],
    accents: [
      [0.77, 0.1, 225],
      [0.88, 0.09, 92],
      [0.56, 0.13, 285],
      [0.4, 0.1, 258],
      [0.93, 0.03, 220],
    ],
    paper: [0.19, 0.03, 268],
    ink: [0.93, 0.02, 95],
    hue: 262,
    isNight: true,
  },
  aurora: {
    sky: [
      [0.16, 0.055, 285],
      [0.29, 0.08, 225],
      [0.55, 0.12, 170],
    ],
    light: [0.95, 0.06, 150],
    far: [0.42, 0.09, 195],
    near: [0.11, 0.04, 250],
    accents: [
      [0.84, 0.17, 160],
      [0.72, 0.13, 200],
      [0.6, 0.18, 315],
      [0.4, 0.12, 280],
      [0.94, 0.06, 140],
    ],
    paper: [0.19, 0.032, 240],
    ink: [0.94, 0.03, 160],
    hue: 168,
    isNight: true,
  },
  winter: {
    sky: [
      [0.77, 0.05, 245],
      [0.88, 0.032, 240],
      [0.955, 0.022, 60],
    ],
    light: [0.64, 0.2, 30],
    far: [0.87, 0.028, 245],
    near: [0.4, 0.06, 255],
    accents: [
      [0.62, 0.2, 30],
      [0.76, 0.07, 235],
      [0.47, 0.075, 250],
      [0.9, 0.025, 235],
      [0.3, 0.05, 262],
    ],
    paper: [0.97, 0.008, 240],
    ink: [0.29, 0.04, 258],
    hue: 240,
  },
  forest: {
    sky: [
      [0.78, 0.06, 185],
      [0.88, 0.06, 125],
      [0.95, 0.06, 98],
    ],
    light: [0.98, 0.07, 100],
    far: [0.77, 0.06, 165],
    near: [0.24, 0.05, 168],
    accents: [
      [0.63, 0.13, 142],
      [0.82, 0.14, 95],
      [0.42, 0.08, 165],
      [0.6, 0.13, 48],
      [0.91, 0.05, 110],
    ],
    paper: [0.96, 0.014, 110],
    ink: [0.27, 0.04, 165],
    hue: 148,
  },
  desert: {
    sky: [
      [0.7, 0.07, 215],
      [0.85, 0.055, 180],
      [0.93, 0.06, 80],
    ],
    light: [0.97, 0.07, 85],
    far: [0.8, 0.09, 62],
    near: [0.36, 0.1, 33],
    accents: [
      [0.64, 0.15, 42],
      [0.8, 0.13, 75],
      [0.56, 0.085, 205],
      [0.4, 0.11, 28],
      [0.92, 0.045, 75],
    ],
    paper: [0.96, 0.018, 78],
    ink: [0.29, 0.06, 35],
    hue: 58,
  },
  sea: {
    sky: [
      [0.62, 0.09, 235],
      [0.8, 0.075, 210],
      [0.94, 0.05, 95],
    ],
    light: [0.98, 0.06, 92],
    far: [0.78, 0.08, 205],
    near: [0.25, 0.07, 250],
    accents: [
      [0.6, 0.115, 222],
      [0.8, 0.1, 190],
      [0.74, 0.15, 48],
      [0.36, 0.09, 250],
      [0.94, 0.035, 100],
    ],
    paper: [0.965, 0.012, 190],
    ink: [0.27, 0.055, 248],
    hue: 215,
  },
  studio: {
    sky: [
      [0.93, 0.03, 88],
      [0.91, 0.045, 82],
      [0.87, 0.07, 75],
    ],
    light: [0.62, 0.18, 36],
    far: [0.75, 0.08, 195],
    near: [0.3, 0.05, 230],
    accents: [
      [0.63, 0.17, 37],
      [0.8, 0.145, 84],
      [0.55, 0.085, 200],
      [0.33, 0.055, 240],
      [0.72, 0.09, 150],
    ],
    paper: [0.945, 0.022, 86],
    ink: [0.27, 0.035, 250],
    hue: 84,
  },
  blossom: {
    sky: [
      [0.76, 0.07, 310],
      [0.87, 0.06, 345],
      [0.95, 0.04, 40],
    ],
    light: [0.98, 0.045, 80],
    far: [0.83, 0.07, 345],
    near: [0.36, 0.1, 340],
    accents: [
      [0.7, 0.17, 0],
      [0.85, 0.09, 10],
      [0.58, 0.12, 320],
      [0.56, 0.09, 160],
      [0.94, 0.03, 30],
    ],
    paper: [0.97, 0.012, 10],
    ink: [0.31, 0.07, 340],
    hue: 0,
  },
  violet: {
    sky: [
      [0.24, 0.1, 290],
      [0.43, 0.15, 305],
      [0.7, 0.15, 345],
      [0.87, 0.09, 50],
    ],
    light: [0.95, 0.07, 70],
    far: [0.57, 0.14, 325],
    near: [0.16, 0.07, 288],
    accents: [
      [0.62, 0.2, 325],
      [0.5, 0.19, 292],
      [0.8, 0.12, 50],
      [0.72, 0.11, 225],
      [0.93, 0.035, 330],
    ],
    paper: [0.96, 0.012, 310],
    ink: [0.25, 0.07, 292],
    hue: 305,
  },
  ink: {
    sky: [
      [0.9, 0.012, 95],
      [0.93, 0.014, 92],
      [0.955, 0.014, 90],
    ],
    light: [0.6, 0.2, 30],
    far: [0.8, 0.012, 240],
    near: [0.22, 0.015, 255],
    accents: [
      [0.58, 0.2, 30],
      [0.34, 0.02, 255],
      [0.62, 0.02, 240],
      [0.84, 0.02, 90],
      [0.2, 0.015, 260],
    ],
    paper: [0.965, 0.01, 92],
    ink: [0.22, 0.015, 260],
    hue: 30,
  },
} as const satisfies Record<string, Scheme>;

export type PaletteId = keyof typeof SCHEMES;

export const PALETTE_IDS = Object.keys(SCHEMES) as readonly PaletteId[];

/** The schemes that come nearest to a hue in degrees, nearest first. */
export function palettesNear(hue: number): readonly PaletteId[] {
  const distance = (id: PaletteId) => 1 - cosTurns((SCHEMES[id].hue - hue) / 360);
  return [...PALETTE_IDS].sort((a, b) => distance(a) - distance(b)).slice(0, 3);
}

/** @param named colours the prompt asks for; they become the loudest ones. */
export function createPalette(id: PaletteId, random: SeededRandom, named: readonly Lab[]): Palette {
  const scheme: Scheme = SCHEMES[id];
  const turn = random.range(-7, 7);
  const color = ([lightness, chroma, hue]: Shade): Lab => oklch(lightness, chroma, hue + turn);
  const accents = scheme.accents.map(color);
  const first = accents[0] ?? color(scheme.light);
  return {
    id,
    sky: scheme.sky.map(color),
    light: tinted(color(scheme.light), named[0], scheme.light[1] > COLORED),
    far: color(scheme.far),
    near: color(scheme.near),
    accents: [named[0] ?? first, named[1] ?? accents[1] ?? first, ...accents.slice(2)],
    paper: color(scheme.paper),
    ink: color(scheme.ink),
    isNight: scheme.isNight === true,
  };
}

/** Chroma from which a light is a coloured disc rather than a source of light. */
const COLORED = 0.15;

/** A coloured sun takes the colour a prompt names; a bright one keeps its lightness and leans towards it. */
function tinted(light: Lab, named: Lab | undefined, isColored: boolean): Lab {
  if (!named) return light;
  return isColored ? named : [light[0], mix(light[1], named[1], 0.3), mix(light[2], named[2], 0.3)];
}
