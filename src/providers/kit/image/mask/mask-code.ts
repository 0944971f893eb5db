/** What the code for masks provides. Types only, so that naming it does not import it. */
import type { describeOrientation } from '../orientation.ts';
import type { MaskError } from './check-mask.ts';
import type { readMask } from './convert-mask.ts';

export interface MaskCode {
  readonly MaskError: typeof MaskError;
  readonly readMask: typeof readMask;
  readonly describeOrientation: typeof describeOrientation;
}
