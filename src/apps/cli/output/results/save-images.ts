/** Saves images to files. An image that cannot be saved in its place is saved in another one, because it was paid for. */
import { basename } from 'node:path';
import type { GeneratedImage } from '../../../../index.ts';
import { createSemaphore } from '../../../../store/concurrency.ts';
import { writeNewFile } from '../../../../store/files/write-new-file.ts';
import { type RescueTargets, rescue } from '../../system/rescue.ts';
import { errorReason, errorText } from '../../system/safe-stream.ts';
import { type OutputPlan, pathFor } from './output-path.ts';

/** Limits parallel saves: many rows of a batch at once would run out of file descriptors. */
const limitOpenFiles = createSemaphore(4);

/** How many numbered names are tried for a name made from the prompt. */
const MAX_NAMES = 1000;

/** Where an image is. */
export interface Saved {
  /** `undefined`: it went to standard output, or could not be saved anywhere. */
  readonly path: string | undefined;
  /** Why it is not in its place. */
  readonly fault?: string;
  /** Why it is not synced to the disk. */
  readonly unsynced?: string;
}

export interface Unsaved extends Pick<GeneratedImage, 'imageBytes' | 'format'> {
  /** Its path, if it is in the store already. */
  readonly storedPath?: string | undefined;
}

/** Saves one after the other, so that a full disk still gets the first ones. @param n how many images were requested */
export async function saveImages(
  images: readonly Unsaved[],
  plan: OutputPlan,
  n: number,
  targets: RescueTargets,
): Promise<readonly Saved[]> {
  const saved: Saved[] = [];
  for (const [index, image] of images.entries()) {
    const path = pathFor(plan, { index, n, format: image.format });
    // Further images than requested may get another name.
    saved.push(await saveOrRescue(image, path, plan.isExact && index < n, targets));
  }
  return saved;
}

async function saveOrRescue(image: Unsaved, path: string, isExact: boolean, targets: RescueTargets): Promise<Saved> {
  try {
    return await write(path, image.imageBytes, isExact);
  } catch (error) {
    return saveElsewhere(image, basename(path), `could not save ${path}: ${errorText(error)}`, targets);
  }
}

/** Uses the file of the store, or else saves to the first directory that works. @param fault why it is not in its place */
export async function saveElsewhere(
  image: Unsaved,
  name: string,
  fault: string,
  targets: RescueTargets,
): Promise<Saved> {
  if (image.storedPath !== undefined) return { path: image.storedPath, fault };
  const rescued = await rescue(image.imageBytes, name, fault, targets);
  if (rescued.path !== undefined) return { path: rescued.path, fault };
  return { path: undefined, fault: `${fault}. Also tried: ${rescued.tried}` };
}

/** Never overwrites. A name made from the prompt gets a number: `fox.png`, `fox-2.png`, … */
async function write(path: string, bytes: Uint8Array, isExact: boolean): Promise<Saved> {
  const dot = path.lastIndexOf('.');
  for (let attempt = 1; ; attempt++) {
    const name = attempt === 1 ? path : `${path.slice(0, dot)}-${attempt}${path.slice(dot)}`;
    try {
      const unsynced = await limitOpenFiles(() => writeNewFile(name, bytes));
      return { path: name, ...(unsynced && { unsynced: errorReason(unsynced) }) };
    } catch (error) {
      if (isExact || attempt >= MAX_NAMES || errorReason(error) !== 'EEXIST') throw error;
    }
  }
}
