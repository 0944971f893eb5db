/** Saves bytes that were paid for and are not a usable image, with the reason in a JSON file beside them. */
import { randomBytes } from 'node:crypto';
import { ignoreExisting, linkOrCopy, remove, writeSynced } from '../files/files.ts';
import { OWN_FOLDER } from '../files/paths.ts';
import { sha256 } from '../files/sha256.ts';
import { PRIVATE_MODE, type WriteContext } from './write-context.ts';

/** @param now in milliseconds since the epoch @returns the name of the file */
export async function quarantineBytes(
  context: WriteContext,
  bytes: Uint8Array,
  why: string,
  now: number,
): Promise<string> {
  const { files, folders, incoming, owner } = context;
  const at = new Date(now).toISOString();
  const name = `${at.slice(0, 10)}-${sha256(bytes).slice(0, 16)}`;
  const reason = new TextEncoder().encode(`${JSON.stringify({ why, at })}\n`);
  const folder = await folders.open([OWN_FOLDER, 'quarantine']);
  try {
    const write = async (extension: string, content: Uint8Array) => {
      const temporary = incoming.pathOf(`${owner}.${randomBytes(8).toString('hex')}.aside`);
      await writeSynced(files, temporary, content, PRIVATE_MODE);
      try {
        // An existing file has the same bytes, because its name contains their hash.
        await linkOrCopy(files, temporary, folder.pathOf(`${name}.${extension}`)).catch(ignoreExisting);
      } finally {
        await remove(files, temporary).catch(() => undefined); // the next process that opens the store removes it
      }
    };
    await write('bin', bytes);
    // The bytes are saved even when there is no space for the reason.
    await write('json', reason).catch(() => undefined);
    await folder.sync();
  } finally {
    await folder.close();
  }
  return `${name}.bin`;
}
