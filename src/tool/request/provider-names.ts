/** Names of providers that agents use, beside those of the settings and the aliases that a manager knows. */
import { LISTED_PROVIDERS } from '../manifest/listed-providers.ts';

/** The ids of providers, by other names that agents know. */
export const OUTSIDE_NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(LISTED_PROVIDERS.map(({ name, id }) => [name, id])),
  stability_ai: 'stability',
  google: 'google-gemini',
  gemini: 'google-gemini',
};

/** @param names those of the manager's settings @returns the name in the settings, or the given one if it is unknown here */
export function toProviderName(given: string, names: readonly string[]): string {
  const plain = given.trim();
  const spellings = [plain, plain.toLowerCase(), plain.toLowerCase().replaceAll('_', '-')];
  const own = spellings.find((each) => names.includes(each));
  if (own !== undefined) return own;
  const outside = spellings.map((each) => (Object.hasOwn(OUTSIDE_NAMES, each) ? OUTSIDE_NAMES[each] : undefined));
  return outside.find((each) => each !== undefined && names.includes(each)) ?? plain;
}
