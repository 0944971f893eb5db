/** Properties run at two sizes: `npm test` takes a quarter of the runs, `npm run test:heavy` takes them all. */

/** Set by vitest.heavy.config.ts. */
export const FULL_SIZE = 'AI_IMAGE_FULL_SIZE';

/** @param full runs of a property at full size. A file that calls it is listed in vitest.heavy.config.ts */
export const runsOf = (full: number): number => (process.env[FULL_SIZE] === undefined ? Math.ceil(full / 4) : full);
