/** What the meaning of a model id depends on. */
import type { ModelCard } from '../../../../index.ts';
import type { ImageServerSettings } from '../../settings.ts';
import type { Caller } from '../../tenants/caller.ts';
import { DEFAULT_ALIASES } from './default-aliases.ts';

export interface ModelsContext {
  /** The cards by the provider's name, then by model id. */
  readonly cards: Readonly<Record<string, Readonly<Record<string, ModelCard>>>>;
  readonly aliases: ImageServerSettings['aliases'];
  readonly caller: Pick<Caller, 'models'>;
  /** `YYYY-MM-DD`. */
  readonly today: string;
}

export const isDefaultAlias = (id: string): boolean => DEFAULT_ALIASES.some((alias) => alias === id);
