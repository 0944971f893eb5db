/** Parses and writes sizes and ratios. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export function parseSize(text: string): Size {
  const [width = 0, height = 0] = text.split('x').map(Number);
  return { width, height };
}

export const sizeText = ({ width, height }: Size): string => `${width}x${height}`;

/** @param text like `16:9` @returns width over height */
export function ratioValue(text: string): number {
  const [width = 1, height = 1] = text.split(':').map(Number);
  return width / height;
}

/** Returns pixels of about this area for each ratio, in steps of 16: for vendors that guarantee the ratio but document no pixels. */
export function nominalPixels(area: number, ratios: readonly string[]): Readonly<Record<string, string>> {
  const toStep = (edge: number) => Math.max(Math.round(edge / 16) * 16, 16);
  return Object.fromEntries(
    ratios.map((ratio) => {
      const value = ratioValue(ratio);
      return [ratio, `${toStep(Math.sqrt(area * value))}x${toStep(Math.sqrt(area / value))}`];
    }),
  );
}
