/** Binds a Unix socket that only its owner may use. */
import { lstat, unlink } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import process from 'node:process';
import { bind } from './bind.ts';

/** Replaces the socket of a server that was killed: its file stays, and nothing answers there. */
export async function bindSocket(http: Server, path: string): Promise<void> {
  try {
    await bindPrivately(http, path);
  } catch (error) {
    if (!(await isAbandoned(path))) throw error;
    await unlink(path);
    await bindPrivately(http, path);
  }
}

/**
 * Node creates the file with the mask of the process, which is set for the moment of its creation. Changing the mode afterwards would leave
 * a moment in which other users can connect.
 */
function bindPrivately(http: Server, path: string): Promise<void> {
  const mask = process.umask(0o177);
  try {
    return bind(http, { path, exclusive: true }, path);
  } finally {
    process.umask(mask);
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const isSocket = await lstat(path).then(
    (file) => file.isSocket(),
    () => false,
  );
  return isSocket && (await connectError(path)) === 'ECONNREFUSED';
}

function connectError(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}
