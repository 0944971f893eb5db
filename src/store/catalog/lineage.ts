/** What a picture was made of, and what was made of it. */
import type { Catalog } from './catalog.ts';

export interface Lineage {
  readonly id: string;
  /** The nearest first; also those that are no longer in the store. */
  readonly ancestors: readonly string[];
  readonly descendants: readonly string[];
}

export async function lineageOf(
  id: string,
  { parentsOf, childrenOf }: Pick<Catalog, 'parentsOf' | 'childrenOf'>,
): Promise<Lineage> {
  return { id, ancestors: await follow(id, parentsOf), descendants: await follow(id, childrenOf) };
}

/** Breadth first; a circle, which only a forged sidecar can make, is walked once. */
async function follow(id: string, next: (id: string) => Promise<readonly string[]>): Promise<readonly string[]> {
  const seen = new Set([id]);
  let edge: readonly string[] = [id];
  while (edge.length > 0) {
    const found = (await Promise.all(edge.map(next))).flat();
    edge = [...new Set(found)].filter((each) => !seen.has(each));
    for (const each of edge) seen.add(each);
  }
  seen.delete(id);
  return [...seen];
}
