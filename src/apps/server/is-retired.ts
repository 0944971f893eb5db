import type { ModelCard } from '../../index.ts';

/** @param today `YYYY-MM-DD` @returns whether the vendor has shut the model down */
export const isRetired = ({ shutdown }: ModelCard, today: string): boolean =>
  shutdown !== undefined && shutdown <= today;
