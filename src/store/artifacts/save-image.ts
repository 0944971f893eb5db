/** Saves one image to a file, without a store. */

import { stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { AiImageError } from '../../providers/protocol/errors.ts';
import type { AiImageResult } from '../../providers/protocol/index.ts';
import { quoteName } from '../../providers/protocol/input/hide-keys.ts';
import { codeOf } from '../files/files.ts';
import { describeSystemError, isPathFault } from '../files/system-error.ts';
import { writeNewFile } from '../files/write-new-file.ts';
import { EXTENSIONS, KNOWN_EXTENSIONS } from './file-extensions.ts';

const MAX_NAMES = 10_000;

/**
 * Saves an image: `await saveImage(await provider.generateImage('a red fox'), 'fox.png')`. Writes one file, completely or not at all.
 * @param path where to save it. The extension matches the real format of the image: a JPEG saved as `fox.png` becomes `fox.jpg`. Existing files are never
 *   overwritten: when the name is taken, the file becomes `fox-2.png`
 * @returns the path of the file
 * @throws AiImageError `invalid_request`: the format is unknown, the directory does not exist, or no file can have this path;
 *   `storage_failed`: the disk is full or fails, or the directory is not writable
 */
export async function saveImage(
  { imageBytes, format }: Pick<AiImageResult, 'imageBytes' | 'format'>,
  path: string,
): Promise<string> {
  if (!Object.hasOwn(EXTENSIONS, format)) {
    const hint = `Use one of ${Object.keys(EXTENSIONS).join(', ')}.`;
    throw new AiImageError('invalid_request', `unknown image format ${quoteName(format)}`, {
      charged: 'no',
      hint,
    });
  }
  const full = resolve(path);
  const given = extname(full);
  const [defaultExtension] = EXTENSIONS[format];
  const base = KNOWN_EXTENSIONS.includes(given.toLowerCase()) ? full.slice(0, -given.length) : full;
  const extension = EXTENSIONS[format].includes(given.toLowerCase()) ? given : defaultExtension;
  for (let attempt = 1; ; attempt++) {
    const target = `${base}${attempt === 1 ? '' : `-${attempt}`}${extension}`;
    try {
      await writeNewFile(target, imageBytes);
      return target;
    } catch (error) {
      if (codeOf(error) === 'EEXIST' && attempt < MAX_NAMES) continue;
      throw await toSaveError(dirname(full), error);
    }
  }
}

async function toSaveError(directory: string, cause: unknown): Promise<AiImageError> {
  const isThere = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const message = isThere
    ? `cannot write to ${directory}: ${describeSystemError(cause)}`
    : `the directory ${directory} does not exist`;
  const hint = isThere
    ? 'Check its permissions and its free space, or save the image in another directory.'
    : 'Create it, or use another one.';
  const code = !isThere || isPathFault(cause) ? 'invalid_request' : 'storage_failed';
  return new AiImageError(code, message, { charged: 'no', hint, cause });
}
