/** Describes a call in the hooks. */
import type { HookLabels } from '../../transport/index.ts';
import { randomId } from '../protocol/shared/random-id.ts';
import type { AdapterContext, ProviderParts } from './adapter/call-context.ts';

/**
 * @param subject what is known at this point of the call
 * @returns empty without hooks, so that no prompt is hashed in vain
 */
export async function hookLabels(
  { definition, isObserved }: Pick<ProviderParts, 'definition' | 'isObserved'>,
  { callId = randomId, metadata }: Partial<Pick<AdapterContext, 'callId' | 'metadata'>>,
  { model, prompt }: { readonly model?: string; readonly prompt?: string | undefined } = {},
): Promise<HookLabels> {
  if (!isObserved) return {};
  return {
    call: callId(),
    provider: definition.about.id,
    ...(model !== undefined && { model }),
    ...(metadata !== undefined && { metadata }),
    ...(prompt !== undefined && (await promptLabels(prompt))),
  };
}

/**
 * Describes a prompt in hooks, which must not show it (contract S1).
 * @returns the first 16 characters of its SHA-256 in hex, and its length
 */
export async function promptLabels(prompt: string): Promise<Readonly<Record<string, string>>> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(prompt));
  const hex = Array.from(new Uint8Array(digest).subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { promptHash: hex, promptLength: String(prompt.length) };
}
