/** Long loops over pixels let the host's event loop have a turn now and then. */
import { nextTurn } from '../../../../transport/index.ts';

/** Some 10 to 30 ms of work, by what is done to a pixel. */
const PIXELS_PER_TURN = 500_000;

/**
 * @returns a function to call with the number of pixels just worked on; when it hands back a promise, await it and go on
 */
export function createTurns(): (pixels: number) => Promise<void> | undefined {
  let done = 0;
  return (pixels) => {
    done += pixels;
    if (done < PIXELS_PER_TURN) return undefined;
    done = 0;
    return nextTurn();
  };
}
