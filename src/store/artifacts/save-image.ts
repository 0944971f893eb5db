/** For people who want no store: a picture into a file, in one expression. */
import { stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { AiImageError } from '../../providers/protocol/errors.ts';
import type { AiImageResult } from '../../providers/protocol/index.ts';
import { codeOf } from '../files/files.ts';
import { writeNewFile } from '../files/write-new-file.ts';

const EXTENSIONS: Readonly<Record<AiImageResult['format'], readonly [string, ...string[]]>> = {
  png: ['.png'],
  jpeg: ['.jpg', '.jpeg'],
  webp: ['.webp'],
  gif: ['.gif'],
  avif: ['.avif'],
  svg: ['.svg'],
};

const MAX_NAMES = 10_000;

/**
 * Saves a picture: `await saveImage(await provider.generateImage('a red fox'), 'fox.png')`. Writes one file, whole or not at all.
 * @param path the extension follows the bytes: `fox.png` becomes `fox.jpg` where the picture is a JPEG. A name that is taken gives way:
 *   `fox-2.png`
 * @returns where it is
 * @throws AiImageError `invalid_request`: there is no such format, the directory is not there, or nothing can be written to it
 */
export async function saveImage(
  { imageBytes, format }: Pick<AiImageResult, 'imageBytes' | 'format'>,
  path: string,
): Promise<string> {
  if (!Object.hasOwn(EXTENSIONS, format)) {
    const hint = `It is one of ${Object.keys(EXTENSIONS).join(', ')}.`;
    throw new AiImageError('invalid_request', `there is no format ${JSON.stringify(format)}`, { charged: 'no', hint });
  }
  const full = resolve(path);
  const given = extname(full);
  const known = Object.values(EXTENSIONS).flat();
  const [usual] = EXTENSIONS[format];
  const isKnown = known.includes(given.toLowerCase());
  const base = isKnown ? full.slice(0, -given.length) : full;
  const extension = EXTENSIONS[format].includes(given.toLowerCase()) ? given : usual;
  for (let attempt = 1; ; attempt++) {
    const target = `${base}${attempt === 1 ? '' : `-${attempt}`}${extension}`;
    try {
      await writeNewFile(target, imageBytes);
      return target;
    } catch (error) {
      if (codeOf(error) === 'EEXIST' && attempt < MAX_NAMES) continue;
      throw await explain(dirname(full), error);
    }
  }
}

async function explain(directory: string, cause: unknown): Promise<AiImageError> {
  const isThere = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const message = isThere
    ? `nothing can be written to ${directory}: ${codeOf(cause)}`
    : `there is no directory ${directory}`;
  return new AiImageError('invalid_request', message, { charged: 'no', hint: 'Name another place.', cause });
}
