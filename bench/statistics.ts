/** Combines the numbers of several rounds. */
import type { Measurement } from './child/measures.ts';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

/** The median of each field. */
export function medianOf(rounds: readonly Measurement[]): Measurement {
  const fields = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(fields.map((field) => [field, median(rounds.map((round) => round[field] ?? Number.NaN))]));
}
