/** Uncompressed pixels: rows from the top, four bytes per pixel (red, green, blue, alpha), alpha not premultiplied, sRGB. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** @throws RangeError if a side is not a whole number of at least 1, or if the number of bytes does not match the size. */
export function checkRaster(raster: Raster, name: string): void {
  checkSides(raster.width, raster.height, name);
  const expected = raster.width * raster.height * 4;
  if (raster.data.length !== expected) {
    throw new RangeError(
      `${name}: ${raster.data.length} bytes given, ${expected} needed for ${raster.width} x ${raster.height} RGBA`,
    );
  }
}

/** @throws RangeError if a side is not a whole number of at least 1. */
export function checkSides(width: number, height: number, name: string): void {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new RangeError(`${name}: ${width} x ${height} is not a size; pass whole numbers of pixels from 1`);
  }
}
