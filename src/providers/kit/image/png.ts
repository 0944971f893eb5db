/** A PNG codec that uses only web APIs, for masks and the stub provider. It gives the same pixels in Node, browsers and edge runtimes. */
export { decodePng, type RgbaImage } from './png/decode.ts';
export { assemblePng, type Channels, encodePng } from './png/encode.ts';
export { PngError } from './png/png-error.ts';
