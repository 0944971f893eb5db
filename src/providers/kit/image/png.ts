/** A PNG codec on web APIs alone, for masks and the offline provider: the same pixels in Node, browsers and edge runtimes. */
export { decodePng, type Picture } from './png/decode.ts';
export { type Channels, encodePng } from './png/encode.ts';
export { PngError } from './png/errors.ts';
