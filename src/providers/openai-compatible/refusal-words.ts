/** Refusals of a content, told by words: these servers have no code for them. */

/** Words by which servers and models say that they refuse. */
const REFUSAL = /content.?policy|moderation|safety|nsfw|flagged|\brefus(?:e|ed|es|al)\b/i;

export const isRefusal = (words: string): boolean => REFUSAL.test(words) && !/connection refused/i.test(words);
