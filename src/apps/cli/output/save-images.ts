/** Images to files. What was paid for is saved somewhere, whatever happens to the place it was meant for. */
import { basename } from 'node:path';
import type { GeneratedImage } from '../../../index.ts';
import { writeNewFile } from '../../../store/files/write-new-file.ts';
import { createGate } from '../../../store/locks/concurrency.ts';
import { reasonOf } from '../system/outlet.ts';
import { type Refuge, rescue } from '../system/rescue.ts';
import { type OutputPlan, pathFor } from './output-path.ts';

/** Each has a few files open. Many rows of a batch that save at once would run out of them. */
const inTurn = createGate(4);

/** How many further names are tried where the name was ours. */
const MAX_NAMES = 1000;

/** Where an image is. */
export interface Saved {
  /** `undefined`: standard output took it, or no place did. */
  readonly path: string | undefined;
  /** Why it is not where it was meant to be. */
  readonly fault?: string;
  /** Why it is not synced to the disk. */
  readonly unsynced?: string;
}

export interface Unsaved extends Pick<GeneratedImage, 'imageBytes' | 'format'> {
  /** Its path in the store, where it is kept already. */
  readonly kept?: string | undefined;
}

/** One after the other: of many on a small disk the first are saved. @param n how many were asked for */
export async function saveImages(
  images: readonly Unsaved[],
  plan: OutputPlan,
  n: number,
  refuge: Refuge,
): Promise<readonly Saved[]> {
  const saved: Saved[] = [];
  for (const [index, image] of images.entries()) {
    const path = pathFor(plan, { index, n, format: image.format });
    // Images beyond those asked for get names of our own.
    saved.push(await saveOrRescue(image, path, plan.isExact && index < n, refuge));
  }
  return saved;
}

async function saveOrRescue(image: Unsaved, path: string, isExact: boolean, refuge: Refuge): Promise<Saved> {
  try {
    return await write(path, image.imageBytes, isExact);
  } catch (error) {
    return elsewhere(image, basename(path), `could not save ${path}: ${reasonOf(error)}`, refuge);
  }
}

/** The store's own file, where it has one; else the first place that takes the image. @param fault why it is not in its own place */
export async function elsewhere(image: Unsaved, name: string, fault: string, refuge: Refuge): Promise<Saved> {
  if (image.kept !== undefined) return { path: image.kept, fault };
  const rescued = await rescue(image.imageBytes, name, fault, refuge);
  if (rescued.path !== undefined) return { path: rescued.path, fault };
  return { path: undefined, fault: `${fault}, ${rescued.tried}` };
}

/** A name of our own making gives way: `fox.png`, `fox-2.png`, … */
async function write(path: string, bytes: Uint8Array, isExact: boolean): Promise<Saved> {
  const dot = path.lastIndexOf('.');
  for (let attempt = 1; ; attempt++) {
    const name = attempt === 1 ? path : `${path.slice(0, dot)}-${attempt}${path.slice(dot)}`;
    try {
      const unsynced = await inTurn(() => writeNewFile(name, bytes));
      return { path: name, ...(unsynced && { unsynced: reasonOf(unsynced) }) };
    } catch (error) {
      if (isExact || attempt >= MAX_NAMES || reasonOf(error) !== 'EEXIST') throw error;
    }
  }
}
