/** Binds an address, and says why it cannot be bound. */
import type { Server } from 'node:http';
import type { ListenOptions } from 'node:net';
import { AiImageError } from '../../../index.ts';

/** @param what names the address in messages @throws AiImageError `invalid_request` */
export function bind(http: Server, options: ListenOptions, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause) => reject(toListenError(cause, what)));
    http.listen(options, () => {
      http.removeAllListeners('error');
      // Without a listener, a failed `accept` would end the process. The connection is lost, and nothing else.
      http.on('error', () => undefined);
      resolve();
    });
  });
}

const HINTS: Readonly<Record<string, readonly [why: string, hint: string]>> = {
  EADDRINUSE: ['is in use by another program', 'Stop that program, or choose another port; port 0 takes a free one.'],
  EACCES: ['may not be used by this user', 'Choose a port above 1023.'],
  EADDRNOTAVAIL: ['is no address of this machine', 'Choose 127.0.0.1, or an address of one of its networks.'],
  ENOTFOUND: ['has no known address', 'Choose 127.0.0.1, or an address of this machine.'],
};

/** Node reports a missing folder as `EACCES`. */
const SOCKET_FOLDER: readonly [why: string, hint: string] = [
  'cannot be created: its folder is missing, or this user may not write to it',
  'Create the folder, and choose one of this user.',
];

const TAKEN_PATH: readonly [why: string, hint: string] = [
  'is in use by another program, or is no socket',
  'Stop that program, or choose another path.',
];

function toListenError(cause: Error & { readonly code?: string }, what: string): AiImageError {
  const isFolderFault = what.includes('/') && (cause.code === 'EACCES' || cause.code === 'ENOENT');
  const isTakenPath = what.includes('/') && cause.code === 'EADDRINUSE';
  const [why, hint] = isFolderFault
    ? SOCKET_FOLDER
    : isTakenPath
      ? TAKEN_PATH
      : (HINTS[cause.code ?? ''] ?? [`cannot be used (${cause.code ?? 'unknown error'})`, 'Choose another.']);
  return new AiImageError('invalid_request', `listen: ${what} ${why}`, { hint, charged: 'no', cause });
}
