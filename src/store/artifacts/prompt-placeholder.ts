/** Replaces prompts by their hash when the store must not record them (`prompts: 'hash'`). */
import { createHash } from 'node:crypto';
import type { JobHandle } from '../../providers/protocol/index.ts';

/** The text that replaces a prompt. It is in stored handles and results, so it must not change. */
const PLACEHOLDER = /^prompt not kept: ([0-9a-f]{64}), (\d{1,9}) characters$/;

/** Returns the SHA-256 and the length of a prompt, also from its placeholder. */
export function hashPrompt(prompt: string): { readonly promptHash: string; readonly promptLength: number } {
  const [, promptHash, length] = PLACEHOLDER.exec(prompt) ?? [];
  if (promptHash !== undefined) return { promptHash, promptLength: Number(length) };
  return { promptHash: createHash('sha256').update(prompt).digest('hex'), promptLength: prompt.length };
}

/** Returns a readable text with the hash and the length of the prompt. `hashPrompt` reads it. */
export const toPromptPlaceholder = (prompt: string): string => describeHashedPrompt(hashPrompt(prompt));

/** Returns the placeholder of a prompt of which only the hash is known. */
export const describeHashedPrompt = ({ promptHash, promptLength }: ReturnType<typeof hashPrompt>): string =>
  `prompt not kept: ${promptHash}, ${promptLength} characters`;

/** Removes the prompt from a handle. The handle still finds its job. */
export function withoutHandlePrompt(handle: JobHandle): JobHandle {
  // Handles of third parties and of earlier versions may lack it.
  const { request }: Partial<JobHandle> = handle;
  if (typeof request?.prompt !== 'string') return handle;
  return { ...handle, request: { ...request, prompt: toPromptPlaceholder(request.prompt) } };
}

/** Fields that may contain prompts. */
const PROMPT_FIELDS = ['prompt', 'negativePrompt', 'variation', 'options'];

export function withoutPromptFields<T extends object>(fields: T): T {
  // These fields are optional where the result is read.
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !PROMPT_FIELDS.includes(name))) as T;
}
