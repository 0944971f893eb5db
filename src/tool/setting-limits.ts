/** The defaults and the largest values of settings, for every program that takes them: the library, the command line and the server. */

export const TOOL_DEFAULTS = {
  maxUsd: 5,
  maxImages: 50,
  confirmAboveUsd: 0.5,
  unpricedUsd: 0.25,
  answerWithinMs: 45_000,
} as const;

/** US dollars: the most that `maxUsd`, `confirmAboveUsd` and `unpricedUsd` may be. */
export const LARGEST_USD = 1_000_000;
/** The most that `maxImages` may be. */
export const LARGEST_IMAGES = 1_000_000;
