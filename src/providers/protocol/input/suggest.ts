/** Suggests the known word that is most similar to a misspelled one. */

/** @returns `Did you mean …?` for a hint; undefined if no known word is similar */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const wanted = word.toLowerCase().slice(0, 60);
  const ranked = known
    .map((each) => ({ each, distance: distance(wanted, each.toLowerCase().slice(0, 60)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best === undefined) return undefined;
  const allowed = Math.max(2, Math.floor(best.each.length / 3));
  // Any two short words are within two edits of each other, so more than half of the letters must match.
  const isNear = best.distance <= allowed && best.distance * 2 < Math.max(wanted.length, best.each.length);
  return isNear ? `Did you mean ${best.each}?` : undefined;
}

/** Edit distance, computed one row at a time. Two neighbouring letters in the wrong order count as one edit. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1);
      }
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
