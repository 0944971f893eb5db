/** Lets long loops over pixels yield to the event loop from time to time. */
import { nextTurn } from '../../../../transport/flow/wait.ts';

/** About 10 to 30 ms of work, depending on the operation. */
const PIXELS_PER_YIELD = 500_000;

/**
 * @returns a function to call with the number of pixels just processed; if it returns a promise, the loop must await it
 */
export function createYielder(): (pixels: number) => Promise<void> | undefined {
  let done = 0;
  return (pixels) => {
    done += pixels;
    if (done < PIXELS_PER_YIELD) return undefined;
    done = 0;
    return nextTurn();
  };
}
