/** Turns the routing rules of a configuration file into manager rules. `words` are plain words: a regular expression could block the program. */
import type { RoutingRule } from '../manager/interfaces/limits.ts';
import type { RoutingConfig } from './config.ts';

export function toRoutingRule({ intents, words, backends }: RoutingConfig): RoutingRule {
  return { intents, promptPattern: createWordMatcher(words), providers: backends };
}

/** Matches whole words, ignoring case. Special characters in a word match themselves. */
export function createWordMatcher(words: readonly string[]): RoutingRule['promptPattern'] {
  const lowerCaseWords = words.map((word) => word.trim().toLowerCase()).filter((word) => word !== '');
  return {
    test(prompt) {
      const text = prompt.toLowerCase();
      return lowerCaseWords.some((word) => containsWord(text, word));
    },
  };
}

function containsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isWordCharacter(text[at - 1]) && !isWordCharacter(text[at + word.length])) return true;
  }
  return false;
}

const isWordCharacter = (character: string | undefined): boolean =>
  character !== undefined && /[\p{L}\p{N}_]/u.test(character);
