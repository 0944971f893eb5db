/** Masks in any vendor's convention. */
export { MaskError } from '../image/mask/check-mask.ts';
export { readMask } from '../image/mask/convert-mask.ts';
export { describeOrientation } from '../image/orientation.ts';
