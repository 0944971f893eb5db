/** What stands in the place of a prompt where prompts are not written down (`prompts: 'hash'`). */
import { createHash } from 'node:crypto';
import type { JobHandle } from '../../providers/protocol/index.ts';

const MARK = /^prompt not kept: ([0-9a-f]{64}), (\d{1,9}) characters$/;

/** SHA-256 and length of a prompt, also of one of which only these were kept. */
export function factsOfPrompt(prompt: string): { readonly promptHash: string; readonly promptLength: number } {
  const [, promptHash, length] = MARK.exec(prompt) ?? [];
  if (promptHash !== undefined) return { promptHash, promptLength: Number(length) };
  return { promptHash: createHash('sha256').update(prompt).digest('hex'), promptLength: prompt.length };
}

/** In words for whoever gets the result again; `factsOfPrompt` reads it. */
export function markOf(prompt: string): string {
  const { promptHash, promptLength } = factsOfPrompt(prompt);
  return `prompt not kept: ${promptHash}, ${promptLength} characters`;
}

/** Still finds its job. */
export const withoutPrompt = (handle: JobHandle): JobHandle => ({
  ...handle,
  request: { ...handle.request, prompt: markOf(handle.request.prompt) },
});

const WORDS = ['prompt', 'negativePrompt', 'variation', 'options'];

export function withoutWords<T extends object>(fields: T): T {
  // What is left out may be left out: prompts and options are never needed to read the rest.
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !WORDS.includes(name))) as T;
}
