/** Counts what the results passed to `rememberPreferences` for a profile have in common. In memory; the counts can be read and erased. */
import type { StyleMemory } from '../interfaces/profile.ts';

/** A value that occurred once may be chance. */
const MIN_COUNT = 2;
const MAX_COLOURS = 3;
const COLOURS = [
  ...[
    'red',
    'orange',
    'yellow',
    'green',
    'blue',
    'purple',
    'pink',
    'brown',
    'black',
    'white',
    'grey',
    'gold',
    'silver',
  ],
  ...['teal', 'turquoise', 'indigo', 'violet', 'beige', 'ivory', 'crimson', 'ochre', 'pastel colours', 'muted colours'],
];

export function createStyleMemory(): StyleMemory {
  const countsByProfile = new Map<string, Map<string, number>>();
  const mostFrequent = (profile: string, kind: string): readonly string[] =>
    [...(countsByProfile.get(profile) ?? [])]
      .filter(([name, count]) => name.startsWith(`${kind} `) && count >= MIN_COUNT)
      .sort(([, one], [, other]) => other - one)
      .map(([name]) => name.slice(kind.length + 1));
  return {
    remember(profile, { prompt, ...fields }) {
      const counts = countsByProfile.get(profile) ?? new Map<string, number>();
      countsByProfile.set(profile, counts);
      const words = ` ${prompt.toLowerCase().replaceAll(/[^a-z ]/g, ' ')} `;
      const names = [
        ...Object.entries(fields).flatMap(([kind, value]) => (value === undefined ? [] : [`${kind} ${value}`])),
        ...COLOURS.filter((colour) => words.includes(` ${colour} `)).map((colour) => `colour ${colour}`),
      ];
      for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    },
    recall(profile) {
      const [style] = mostFrequent(profile, 'style');
      const [size] = mostFrequent(profile, 'size');
      const [model] = mostFrequent(profile, 'model');
      return {
        ...(style !== undefined && { style }),
        ...(size !== undefined && { size }),
        ...(model !== undefined && { model }),
        palette: mostFrequent(profile, 'colour').slice(0, MAX_COLOURS),
      };
    },
    erase: (profile) => void countsByProfile.delete(profile),
  };
}
