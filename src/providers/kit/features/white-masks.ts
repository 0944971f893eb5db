/** Masks for models whose convention is the protocol's own: white = repaint. */
export { MaskError } from '../image/mask/check-mask.ts';
export { readMask } from '../image/mask/white-mask.ts';
export { describeOrientation } from '../image/orientation.ts';
