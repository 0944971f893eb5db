/** Reads files of the user, such as credentials. */
import { transportError } from '../../errors.ts';

/** Credentials files are small; a larger file is refused. */
const MAX_USER_FILE_BYTES = 65_536;

/**
 * Reads a file of the user as text.
 * @param path a leading `~/` or `~\` stands for the home folder
 * @returns `undefined` if the file does not exist
 * @throws TransportError if it is not a file or too large; Node's own error if it cannot be read
 */
export async function readUserFile(path: string): Promise<string | undefined> {
  const { open } = await import('node:fs/promises');
  const { homedir } = await import('node:os');
  const fullPath = /^~[\\/]/.test(path) ? homedir() + path.slice(1) : path;
  const file = await open(fullPath, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  try {
    const stats = await file?.stat();
    if (stats !== undefined && (!stats.isFile() || stats.size > MAX_USER_FILE_BYTES)) {
      const message = `${path} is not a credentials file: it is larger than ${MAX_USER_FILE_BYTES} bytes or not a regular file`;
      throw transportError(message, { fault: 'authentication', step: 'token', isFinal: true });
    }
    return await file?.readFile('utf8');
  } finally {
    await file?.close();
  }
}
