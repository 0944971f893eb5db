/** Pictures to files. What was paid for is kept somewhere, whatever happens to the place it was meant for. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { GeneratedImage } from '../../index.ts';
import { writeNewFile } from '../../store/write-new-file.ts';
import { type OutputPlan, pathFor } from './output-path.ts';

/** How many further names are tried where the name was ours. */
const MAX_NAMES = 1000;

export interface Saved {
  readonly path: string;
  /** Why it is not where it was meant to be. */
  readonly fault?: string;
}

/** @param n how many were asked for: names are numbered when it is more than one */
export async function saveImages(
  images: readonly Pick<GeneratedImage, 'imageBytes' | 'format'>[],
  plan: OutputPlan,
  n: number,
): Promise<readonly Saved[]> {
  const saved: Saved[] = [];
  for (const [index, { imageBytes, format }] of images.entries()) {
    const path = pathFor(plan, { index, n, format });
    try {
      saved.push({ path: await write(path, imageBytes, plan.isExact) });
    } catch (error) {
      saved.push({
        path: await rescue(basename(path), imageBytes),
        fault: `${path}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`,
      });
    }
  }
  return saved;
}

/** The last resort for what was paid for: a folder of its own among the temporary files. @returns the path */
export async function rescue(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'imagen-')), name);
  await writeNewFile(path, bytes);
  return path;
}

/** A name of our own making gives way: `fox.png`, `fox-2.png`, … */
async function write(path: string, bytes: Uint8Array, isExact: boolean): Promise<string> {
  const dot = path.lastIndexOf('.');
  for (let attempt = 1; ; attempt++) {
    const name = attempt === 1 ? path : `${path.slice(0, dot)}-${attempt}${path.slice(dot)}`;
    try {
      await writeNewFile(name, bytes);
      return name;
    } catch (error) {
      if (isExact || attempt >= MAX_NAMES || (error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
