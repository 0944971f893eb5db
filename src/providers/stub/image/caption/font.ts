/**
 * A small stroke typeface for captions. One unit is one pixel at the smallest legible size: x-height 4, capitals 6,
 * descenders 2. Strokes run through pixel centres, so text is crisp at scale 1 and smooth at other scales.
 *
 * A glyph is a list of strokes. A stroke is a list of points, two base-36 digits each: x, then y + 2 units, both in
 * half units, from the left and upwards from the baseline (4 = baseline, c = x-height, g = capitals, 0 = descender).
 * `~` rounds the corners of a stroke; a single point is a dot.
 */
const GLYPHS: Readonly<Record<string, string>> = {
  a: '~1c6c64 ~68080464',
  b: '0g04 ~0c6c6404',
  c: '~6c0c0464',
  d: '6g64 ~6c0c0464',
  e: '0868 ~686c0c0464',
  f: '~5g2g24 0c5c',
  g: '~6c0c0464 ~6c6000',
  h: '0g04 ~080c6c64',
  i: '0c04 0g',
  j: '~2c2000 2g',
  k: '0g04 6c07 2964',
  l: '~0g0424',
  m: '0c04 ~080c6c64 ~686cccc4',
  n: '0c04 ~080c6c64',
  o: '~34646c0c0434',
  p: '0c00 ~0c6c6404',
  q: '6c60 ~6c0c0464',
  r: '0c04 ~080c5c',
  s: '~6c0c08686404',
  t: '~2f2454 0c5c',
  u: '~0c046468 6c64',
  v: '0c346c',
  w: '0c346c94cc',
  x: '0c64 046c',
  y: '0c34 6c3420',
  z: '0c6c0464',
  A: '044g84 2868',
  B: '0g04 ~0g6g6a0a ~0a6a6404',
  C: '~8g0g0484',
  D: '0g04 ~0g8g8404',
  E: '6g0g0464 0a5a',
  F: '6g0g04 0a5a',
  G: '~8g0g04848a 8a5a',
  H: '0g04 8g84 0a8a',
  I: '0g04',
  J: '~6g640407',
  K: '0g04 7g08 2a74',
  L: '0g0464',
  M: '040g58aga4',
  N: '040g848g',
  O: '~44848g0g0444',
  P: '0g04 ~0g6g6a0a',
  Q: '~44848g0g0444 5793',
  R: '0g04 ~0g6g6a0a 2a64',
  S: '~6g0g0a6a6404',
  T: '0g8g 4g44',
  U: '~0g04848g',
  V: '0g448g',
  W: '0g346g94cg',
  X: '0g74 047g',
  Y: '0g4a8g 4a44',
  Z: '0g7g0474',
  0: '~34646g0g0434',
  1: '0d3g34',
  2: '~0g6g6a04 0464',
  3: '~0g6g6a2a ~2a6a6404',
  4: '5g0878 5g54',
  5: '6g0g0a ~0a6a6404',
  6: '~6g0g04646a0a',
  7: '0g6g24',
  8: '~3a6a6g0g0a3a ~34646a0a0434',
  9: '~6a0a0g6g6404',
  '.': '04',
  ',': '1402',
  ':': '04 0a',
  ';': '1402 1a',
  '!': '0g08 04',
  '?': '~0g6g6a3a37 34',
  "'": '0g0d',
  '"': '0g0d 3g3d',
  '`': '0g2d',
  '(': '~3h0d0733',
  ')': '~0h3d3703',
  '[': '2g0g0222',
  ']': '0g2g2202',
  '{': '~4g2g2a0a ~0a2a2242',
  '}': '~0g2g2a4a ~4a2a2202',
  '/': '026g',
  '\\': '0g62',
  '|': '0g02',
  '-': '0848',
  _: '0262',
  '+': '0868 3b35',
  '=': '0a6a 0666',
  '<': '5b0855',
  '>': '0b5805',
  '*': '3g39 0e6b 6e0b',
  '&': '~841d1g5g5d08045489',
  '%': '149g ~2c0c0g4g4c2c ~846468a8a484',
  '#': '3g14 7g54 0c8c 0888',
  $: '~6g0g0a6a6404 3i32',
  '@': '~92020gaga676 7c76 ~7c3c3676',
  '^': '0c3g6c',
  '~': '~082b476a',
  '·': '08',
  '×': '0b65 056b',
  '…': '04 44 84',
  '–': '0868',
  '—': '08a8',
  '°': '~2c0c0g4g4c2c',
  ß: '~040g5g5b2b ~2b6b6424',
  æ: '~1c6c64 ~68080464 68c8 ~c8cc6c64c4',
  ø: '~34646c0c0434 046c',
  Ø: '~44848g0g0444 048g',
  Æ: '047gdg 7g74d4 7aca 2878',
  '¿': '~6404076a3a3c 3g',
  '¡': '0c04 0g',
};

/** Accents above a letter: x is centred on 3, y starts at the top of the letter. The cedilla starts at the baseline. */
const MARKS: Readonly<Record<string, string>> = {
  '\u0300': '2341',
  '\u0301': '2143',
  '\u0302': '113351',
  '\u030c': '133153',
  '\u0303': '~11223142',
  '\u0308': '12 52',
  '\u030a': '~305053131030',
  '\u0304': '1252',
};
const CEDILLA = '344220';

/** A box, for characters that the typeface does not have. */
const UNKNOWN = '040g6g6404';

/** Characters that are shown as others. */
const SUBSTITUTES: Readonly<Record<string, string>> = {
  '\u2018': "'",
  '\u2019': "'",
  '\u201a': ',',
  '\u201c': '"',
  '\u201d': '"',
  '\u201e': '"',
  '\u00ab': '"',
  '\u00bb': '"',
  '\u2010': '-',
  '\u2011': '-',
  '\u2212': '–',
  '\u2022': '·',
  '\u0131': 'i',
  œ: 'oe',
  Œ: 'OE',
  đ: 'd',
  ł: 'l',
  Ł: 'L',
};

export interface Glyph {
  /** Polylines in units, x to the right, y up from the baseline: x, y, x, y ... A dot has one point. */
  readonly strokes: readonly (readonly number[])[];
  /** From the centre of the first stem to the centre of the last, in units. */
  readonly width: number;
}

const SPACE: Glyph = { strokes: [], width: 1 };
const cache = new Map<string, Glyph>();

/** Returns the glyphs of a text. Keeps accents, drops joiners and variation marks, and replaces unknown characters by a box. */
export function toGlyphs(text: string): Glyph[] {
  const letters: { base: string; marks: string }[] = [];
  for (const character of decompose(text)) {
    const last = letters[letters.length - 1];
    if (/\p{Mn}|\p{Me}|\p{Cf}|\p{Emoji_Modifier}/u.test(character)) {
      if (last && (Object.hasOwn(MARKS, character) || character === '\u0327')) last.marks += character;
      continue;
    }
    for (const base of Object.hasOwn(SUBSTITUTES, character) ? (SUBSTITUTES[character] ?? character) : [character])
      letters.push({ base, marks: '' });
  }
  return letters.map(({ base, marks }) => (/\s|\p{Cc}/u.test(base) ? SPACE : toGlyph(base, marks)));
}

/** Separates Latin letters from their accents. Characters of other scripts stay whole, so that each becomes one box. */
const decompose = (text: string): string =>
  Array.from(text, (character) =>
    character < '\u0250' || (character >= '\u1e00' && character < '\u1f00') ? character.normalize('NFD') : character,
  ).join('');

function toGlyph(base: string, marks: string): Glyph {
  const known = cache.get(base + marks);
  if (known) return known;
  const code = Object.hasOwn(GLYPHS, base) ? (GLYPHS[base] ?? UNKNOWN) : UNKNOWN;
  const above = [...marks].map((mark) => MARKS[mark]).filter((mark) => mark !== undefined);
  const isDotted = above.length > 0 && (base === 'i' || base === 'j');
  const strokes = code
    .split(' ')
    .slice(0, isDotted ? 1 : undefined)
    .map((stroke) => toStroke(stroke, 0, -4));
  const width = strokes.flat().reduce((max, value, index) => (index % 2 === 0 ? Math.max(max, value) : max), 0);
  const height = strokes.flat().reduce((max, value, index) => (index % 2 === 1 ? Math.max(max, value) : max), 0);
  above.forEach((mark, index) => {
    strokes.push(...mark.split(' ').map((stroke) => toStroke(stroke, width - 3, height * 2 + 1 + index * 4)));
  });
  if (marks.includes('\u0327')) strokes.push(toStroke(CEDILLA, width - 3, -4));
  const glyph = { strokes, width };
  if (cache.size < 512) cache.set(base + marks, glyph);
  return glyph;
}

/** @param dx, dy in half units */
function toStroke(code: string, dx: number, dy: number): number[] {
  const isRound = code.startsWith('~');
  const points: number[] = [];
  for (let i = isRound ? 1 : 0; i + 1 < code.length; i += 2) {
    points.push((Number.parseInt(code.charAt(i), 36) + dx) / 2, (Number.parseInt(code.charAt(i + 1), 36) + dy) / 2);
  }
  return isRound ? roundCorners(points) : points;
}

/** The maximum distance from a corner at which its curve starts, in units. */
const RADIUS = 2.2;
/** Position of the control points at which a Bézier curve is closest to a quarter circle. */
const KAPPA = 0.5523;
const CURVE_STEPS = 8;

function roundCorners(points: readonly number[]): number[] {
  const count = points.length / 2;
  const at = (index: number): readonly [number, number] => [points[index * 2] ?? 0, points[index * 2 + 1] ?? 0];
  const result: number[] = [...at(0)];
  for (let index = 1; index < count - 1; index += 1) {
    const [x, y] = at(index);
    const [fromX, fromY] = curveStart([x, y], at(index - 1), index === 1);
    const [toX, toY] = curveStart([x, y], at(index + 1), index === count - 2);
    for (let step = 0; step <= CURVE_STEPS; step += 1) {
      const t = step / CURVE_STEPS;
      const s = 1 - t;
      const [a, b, c, d] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
      const [x1, y1] = [fromX + (x - fromX) * KAPPA, fromY + (y - fromY) * KAPPA];
      const [x2, y2] = [toX + (x - toX) * KAPPA, toY + (y - toY) * KAPPA];
      result.push(a * fromX + b * x1 + c * x2 + d * toX, a * fromY + b * y1 + c * y2 + d * toY);
    }
  }
  result.push(...at(count - 1));
  return result;
}

/** Returns where the curve of a corner starts on an edge: at most in the middle, so that two corners can share an edge. */
function curveStart(
  [x, y]: readonly [number, number],
  [toX, toY]: readonly [number, number],
  isEnd: boolean,
): readonly [number, number] {
  const [dx, dy] = [toX - x, toY - y];
  const long = Math.sqrt(dx * dx + dy * dy) || 1;
  const reach = Math.min(RADIUS, isEnd ? long : long / 2) / long;
  return [x + dx * reach, y + dy * reach];
}
