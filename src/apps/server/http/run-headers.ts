/** The headers of an answer that a call made. */
import type { Run } from '../runs/run-list.ts';

/** Money may have moved: the client must not send the request again by itself. */
export function runHeaders({ id, isAdopted }: Pick<Run, 'id' | 'isAdopted'>): Readonly<Record<string, string>> {
  return { 'x-should-retry': 'false', 'x-imagen-run': id, ...(isAdopted && { 'x-imagen-adopted': id }) };
}
