/** Routing rules of a file, whose words are plain words: an expression could be made to stop the program. */
import type { RoutingRule } from '../manager/steps/route.ts';
import type { RoutingConfig } from './config.ts';

export function toRule({ intents, words, backends }: RoutingConfig): RoutingRule {
  return { intents, words: wordMatcher(words), providers: backends };
}

/** Whole words, in capitals or not. Whatever signs a word has stand for themselves. */
export function wordMatcher(words: readonly string[]): RoutingRule['words'] {
  const wanted = words.map((word) => word.trim().toLowerCase()).filter((word) => word !== '');
  return {
    test(prompt) {
      const text = prompt.toLowerCase();
      return wanted.some((word) => holds(text, word));
    },
  };
}

function holds(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isLetter(text[at - 1]) && !isLetter(text[at + word.length])) return true;
  }
  return false;
}

const isLetter = (sign: string | undefined): boolean => sign !== undefined && /[\p{L}\p{N}_]/u.test(sign);
