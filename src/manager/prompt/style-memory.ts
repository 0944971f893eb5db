/** What a profile's pictures that were kept have in common. Plain counts, to be looked at and erased. */

export interface Preferences {
  readonly style?: string;
  readonly size?: string;
  readonly model?: string;
  /** Colours, the most frequent first. */
  readonly palette: readonly string[];
}

/** What is remembered of a picture that somebody kept. */
export interface Remembered {
  readonly prompt: string;
  readonly style?: string | undefined;
  readonly size?: string | undefined;
  readonly model?: string | undefined;
}

export interface StyleMemory {
  remember(profile: string, kept: Remembered): void;
  recall(profile: string): Preferences;
  erase(profile: string): void;
}

/** Once is chance. */
const LEAST = 2;
const MOST_COLOURS = 3;
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
  const counts = new Map<string, Map<string, number>>();
  const favourites = (profile: string, kind: string): readonly string[] =>
    [...(counts.get(profile) ?? [])]
      .filter(([name, count]) => name.startsWith(`${kind} `) && count >= LEAST)
      .sort(([, one], [, other]) => other - one)
      .map(([name]) => name.slice(kind.length + 1));
  return {
    remember(profile, { prompt, ...fields }) {
      const own = counts.get(profile) ?? new Map<string, number>();
      counts.set(profile, own);
      const words = ` ${prompt.toLowerCase().replaceAll(/[^a-z ]/g, ' ')} `;
      const seen = [
        ...Object.entries(fields).flatMap(([kind, value]) => (value === undefined ? [] : [`${kind} ${value}`])),
        ...COLOURS.filter((colour) => words.includes(` ${colour} `)).map((colour) => `colour ${colour}`),
      ];
      for (const name of seen) own.set(name, (own.get(name) ?? 0) + 1);
    },
    recall(profile) {
      const [style] = favourites(profile, 'style');
      const [size] = favourites(profile, 'size');
      const [model] = favourites(profile, 'model');
      return {
        ...(style !== undefined && { style }),
        ...(size !== undefined && { size }),
        ...(model !== undefined && { model }),
        palette: favourites(profile, 'colour').slice(0, MOST_COLOURS),
      };
    },
    erase: (profile) => void counts.delete(profile),
  };
}
