/** Remembers the credentials in use, so that they can be redacted. */

/** How many credentials are remembered. A late reply may still echo an earlier one. */
const MAX_REMEMBERED = 4;

/** Creates a memory for the last few credentials. */
export function createSecretMemory() {
  const known: (readonly string[])[] = [];
  return {
    /** @param parts of one credential; they are forgotten together */
    remember(...parts: readonly string[]): void {
      if (known.some((each) => each.join('\n') === parts.join('\n'))) return;
      known.unshift(parts);
      known.length = Math.min(known.length, MAX_REMEMBERED);
    },
    secrets: (): readonly string[] => known.flat(),
  };
}
