/** Recognises words in a prompt that select colours and composition. The seed decides everything else. */

import { PALETTE_IDS, type PaletteId } from './color-schemes.ts';
import { type Lab, oklch } from './paint/color.ts';
import { findNearestPalettes } from './palette.ts';

/** The compositions. Each has a file in `scenes/`. */
export const SCENE_IDS = ['hills', 'waves', 'ribbons', 'tiles', 'facets', 'city', 'orbs', 'contours'] as const;

export type SceneId = (typeof SCENE_IDS)[number];

export interface Subject {
  /** The scenes that suit the prompt; never empty. */
  readonly scenes: readonly SceneId[];
  readonly palettes: readonly PaletteId[];
  /** The colours that the prompt names, in order. */
  readonly namedColors: readonly Lab[];
  readonly hasSnow: boolean;
  readonly hasStars: boolean;
  readonly hasTrees: boolean;
}

interface Theme {
  readonly words: string;
  readonly scenes?: readonly SceneId[];
  readonly palettes?: readonly PaletteId[];
  readonly has?: 'snow' | 'stars' | 'trees';
}

/** The first matching theme with palettes decides the colours, so times of day and weather come first. */
const THEMES: readonly Theme[] = [
  {
    words: 'night midnight moon moonlit moonlight star starry galaxy space dark',
    palettes: ['moonlight', 'aurora'],
    has: 'stars',
  },
  { words: 'aurora northern polar', palettes: ['aurora'], scenes: ['hills', 'contours'], has: 'stars' },
  { words: 'sunset dusk evening twilight', palettes: ['ember', 'violet'] },
  { words: 'sunrise dawn morning', palettes: ['dawn'] },
  {
    words: 'snow snowy winter ice icy frost frozen arctic glacier christmas',
    palettes: ['winter'],
    scenes: ['hills'],
    has: 'snow',
  },
  { words: 'forest tree wood woodland pine jungle fern moss', palettes: ['forest'], scenes: ['hills'], has: 'trees' },
  {
    words: 'fox wolf bear deer cat dog owl horse bird hill mountain valley landscape meadow field cabin path',
    scenes: ['hills', 'facets'],
  },
  {
    words: 'sea ocean wave water lake river beach boat ship harbour harbor fish whale island coast surf',
    palettes: ['sea', 'dawn'],
    scenes: ['waves'],
  },
  {
    words: 'city town street skyline building tower skyscraper house neon tokyo paris london york berlin bridge',
    palettes: ['ember', 'violet', 'moonlight'],
    scenes: ['city'],
  },
  { words: 'desert sand dune canyon camel sahara mars', palettes: ['desert'], scenes: ['waves', 'hills'] },
  {
    words: 'flower rose blossom cherry spring petal garden tulip wedding',
    palettes: ['blossom'],
    scenes: ['orbs', 'ribbons'],
  },
  {
    words: 'logo icon poster pattern geometric retro vintage bauhaus modern tile quilt',
    palettes: ['studio'],
    scenes: ['tiles'],
  },
  { words: 'crystal gem diamond glass polygon robot origami prism', scenes: ['facets'] },
  { words: 'fire flame lava volcano autumn fall pumpkin dragon', palettes: ['ember', 'desert'] },
  { words: 'music dance wind hair motion speed jazz abstract', scenes: ['ribbons', 'contours'] },
  { words: 'bubble planet marble balloon ball coin bead fruit', scenes: ['orbs'] },
  { words: 'marble stone silk smoke liquid oil agate cloud dream', scenes: ['contours'] },
  { words: 'ink calligraphy zen japanese minimal monochrome', palettes: ['ink'] },
];

/** Lightness, chroma and hue (OKLCH) of common colour names. */
const COLORS: Readonly<Record<string, readonly [number, number, number]>> = {
  red: [0.61, 0.21, 28],
  crimson: [0.54, 0.2, 18],
  scarlet: [0.62, 0.22, 32],
  orange: [0.74, 0.17, 55],
  amber: [0.81, 0.16, 75],
  gold: [0.81, 0.14, 84],
  golden: [0.81, 0.14, 84],
  yellow: [0.88, 0.16, 98],
  lime: [0.85, 0.19, 125],
  green: [0.63, 0.15, 147],
  emerald: [0.6, 0.14, 160],
  teal: [0.6, 0.1, 193],
  turquoise: [0.77, 0.11, 190],
  cyan: [0.8, 0.12, 205],
  blue: [0.57, 0.17, 255],
  navy: [0.34, 0.1, 262],
  indigo: [0.42, 0.16, 278],
  purple: [0.52, 0.19, 302],
  violet: [0.56, 0.19, 296],
  magenta: [0.62, 0.23, 332],
  pink: [0.76, 0.14, 352],
  brown: [0.45, 0.08, 52],
};

/** Finds the themes and colours that a prompt names. */
export function readSubject(prompt: string): Subject {
  const words = prompt
    .toLowerCase()
    .split(/[^a-z]+/)
    .map((word) => (word.length > 3 && word.endsWith('s') ? word.slice(0, -1) : word));
  const themes = THEMES.filter((theme) => theme.words.split(' ').some((word) => words.includes(word)));
  const colors = words
    .map((word) => (Object.hasOwn(COLORS, word) ? COLORS[word] : undefined))
    .filter((color) => color !== undefined);
  const scenes = themes.flatMap((theme) => theme.scenes ?? []);
  const palettes = themes.find((theme) => theme.palettes)?.palettes ?? [];
  const hue = colors[0]?.[2];
  const has = (what: Theme['has']) => themes.some((theme) => theme.has === what);
  return {
    scenes: scenes.length > 0 ? scenes : SCENE_IDS,
    palettes: palettes.length > 0 ? palettes : hue === undefined ? PALETTE_IDS : findNearestPalettes(hue),
    namedColors: colors.map(([lightness, chroma, at]) => oklch(lightness, chroma, at)),
    hasSnow: has('snow'),
    hasStars: has('stars'),
    hasTrees: has('trees'),
  };
}
