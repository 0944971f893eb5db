/** A PNG file that cannot be read, or pixels that cannot be written. The message says what is wrong; it never quotes the file. */
export class PngError extends Error {
  override readonly name = 'PngError';
}
