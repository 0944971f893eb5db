/** Where references of this set of tools may come from. */
import type { ToolSet } from '../tool-set.ts';

export const referenceSources = ({ store, settings: { roots, referenceHosts }, newest: { id } }: ToolSet) => ({
  store,
  roots,
  hosts: referenceHosts,
  ...(id !== undefined && { lastId: id }),
});
