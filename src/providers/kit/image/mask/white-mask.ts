/** Masks for vendors whose convention is the protocol's own: checked, and sent unchanged. */
import type { MaskConvention } from '../../../protocol/model-card.ts';
import { checkMask } from './check-mask.ts';
import type { ReadMask } from './convert-mask.ts';

/** As `readMask` of `convert-mask.ts`, for models with no other convention than `white-repaints`. */
export async function readMask(
  mask: Uint8Array,
  convention: MaskConvention,
  expected: { readonly width: number; readonly height: number },
): Promise<ReadMask> {
  const { hasBothColours } = await checkMask(mask, expected);
  if (convention !== 'white-repaints') throw new Error(`this adapter lacks the code for masks of ${convention}`);
  return { bytes: mask, hasBothColours };
}
