/** The 216 colours that all 256-colour terminals share: six steps each of red, green and blue. */

/** Source: xterm, `256colres.pl`. */
export const STEPS = [0, 95, 135, 175, 215, 255] as const;

/** Values above which the next step is nearer. */
const BORDERS = [48, 115, 155, 195, 235] as const;

const stepOf = (value: number): number => {
  const at = BORDERS.findIndex((border) => value < border);
  return at < 0 ? STEPS.length - 1 : at;
};

/** Returns the index of the nearest colour, 0 to 215. */
export const cubeIndex = (red: number, green: number, blue: number): number =>
  36 * stepOf(red) + 6 * stepOf(green) + stepOf(blue);
