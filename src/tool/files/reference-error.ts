/** Refuses a reference to an image before anything is sent. */
import { AiImageError } from '../../providers/protocol/index.ts';

/**
 * @param argument the argument of the tool, e.g. `reference_images[0]`
 * @param what a phrase whose subject is the argument @param hint what to do
 */
export const referenceError = (argument: string, what: string, hint: string, cause?: unknown): AiImageError =>
  new AiImageError('invalid_request', `${argument} ${what}`, { charged: 'no', hint, cause });
