/** Some tests run at two sizes: `npm test` takes a quarter of the runs or a few of the cases, `npm run test:heavy` takes them all. */

/** Set by vitest.heavy.config.ts. */
export const FULL_SIZE = 'AI_IMAGE_FULL_SIZE';

/** @returns whether the heavy suite runs. A file that calls it is listed in vitest.heavy.config.ts */
export const isFullSize = (): boolean => process.env[FULL_SIZE] !== undefined;

/** @param full runs of a property at full size. A file that calls it is listed in vitest.heavy.config.ts */
export const runsOf = (full: number): number => (isFullSize() ? full : Math.ceil(full / 4));

/** @param quick how many of the cases the quick suite takes, from the beginning. A file that calls it is listed in vitest.heavy.config.ts */
export const someOf = <T>(cases: readonly T[], quick: number): readonly T[] =>
  isFullSize() ? cases : cases.slice(0, quick);
