/** Bytes that were paid for and are no picture that can be kept: into `quarantine`, with a word about why. */
import { randomBytes } from 'node:crypto';
import { sha256 } from '../artifacts/describe-artifact.ts';
import { giveName, ignoreExisting, remove, writeSynced } from '../files/files.ts';
import { OWN_FOLDER } from '../files/paths.ts';
import type { WriteContext } from './artifact-writer.ts';

/** @param now milliseconds since the epoch @returns the name of its file */
export async function quarantineBytes(
  place: WriteContext,
  bytes: Uint8Array,
  why: string,
  now: number,
): Promise<string> {
  const { files, folders, incoming, token } = place;
  const at = new Date(now).toISOString();
  const name = `${at.slice(0, 10)}-${sha256(bytes).slice(0, 16)}`;
  const note = new TextEncoder().encode(`${JSON.stringify({ why, at })}\n`);
  const folder = await folders.hold([OWN_FOLDER, 'quarantine']);
  try {
    const write = async (ending: string, content: Uint8Array) => {
      const way = incoming.at(`${token}.${randomBytes(8).toString('hex')}.aside`);
      await writeSynced(files, way, content, 0o600);
      try {
        // The same bytes once more are the same.
        await giveName(files, way, folder.at(`${name}.${ending}`)).catch(ignoreExisting);
      } finally {
        await remove(files, way).catch(() => undefined); // the next opening of the store removes it
      }
    };
    await write('bin', bytes);
    // The bytes are what was paid for; where there is no room for the reason, they are kept without it.
    await write('json', note).catch(() => undefined);
    await folder.sync();
  } finally {
    await folder.leave();
  }
  return `${name}.bin`;
}
