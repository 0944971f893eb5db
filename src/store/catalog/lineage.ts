/** Which images an image was made from, and which were made from it. */
import type { Catalog } from './catalog.ts';

export interface Lineage {
  /** The id of the image. */
  readonly id: string;
  /** Nearest first. Includes deleted images. */
  readonly ancestors: readonly string[];
  /** Images made from it, directly or through others; nearest first. */
  readonly descendants: readonly string[];
}

export async function lineageOf(
  id: string,
  { parentsOf, childrenOf }: Pick<Catalog, 'parentsOf' | 'childrenOf'>,
): Promise<Lineage> {
  return { id, ancestors: await follow(id, parentsOf), descendants: await follow(id, childrenOf) };
}

/** Walks breadth first. Visits each id once, because forged sidecars may form a cycle. */
async function follow(id: string, next: (id: string) => Promise<readonly string[]>): Promise<readonly string[]> {
  const visited = new Set([id]);
  let level: readonly string[] = [id];
  while (level.length > 0) {
    const found = (await Promise.all(level.map(next))).flat();
    level = [...new Set(found)].filter((each) => !visited.has(each));
    for (const each of level) visited.add(each);
  }
  visited.delete(id);
  return [...visited];
}
