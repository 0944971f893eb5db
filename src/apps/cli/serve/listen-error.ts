/** Explains why a server cannot listen, in the words of the command line. */
import { AiImageError } from '../../../index.ts';
import { codeOf } from '../../../store/files/files.ts';

export interface ListenPlace {
  readonly host: string;
  readonly port: number;
  readonly socket?: string | undefined;
}

/** @returns an AiImageError `not_configured`, or the error itself if it has another cause */
export function toListenError(error: unknown, { host, port, socket }: ListenPlace): unknown {
  // The error of `listen` has the error of the system as its cause.
  const { cause = error } = error as { readonly cause?: unknown };
  const texts = textsOf(codeOf(cause), { host, port, socket });
  if (texts === undefined) return error;
  return new AiImageError('not_configured', texts[0], { hint: texts[1], charged: 'no', cause: error });
}

/** Another port is never chosen instead: clients would not find the server. */
function textsOf(code: string | undefined, { host, port, socket }: ListenPlace): readonly [string, string] | undefined {
  const place = socket ?? `port ${port} of ${host}`;
  const other =
    socket === undefined ? 'Choose another one with --port; 0 takes a free one.' : 'Choose another path with --socket.';
  switch (code) {
    case 'EADDRINUSE':
      return [`${place} is in use by another program${socket === undefined ? '' : ', or is no socket'}`, other];
    case 'EACCES':
    case 'EPERM':
      // Node reports a missing directory of a socket as `EACCES`.
      return socket === undefined
        ? [`listening on ${place} is not permitted`, 'Choose a port from 1024.']
        : [`cannot create ${place}: its directory is missing, or you may not write to it`, other];
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return [`${host} is not an address of this machine`, 'Correct --host: 127.0.0.1 for this machine only.'];
    case 'ENOENT':
    case 'ENOTDIR':
      return [
        `cannot create ${place}: its directory does not exist`,
        'Create the directory, or choose another path with --socket.',
      ];
    case 'EINVAL':
      return [`cannot create ${place}`, 'Choose a shorter path with --socket: at most 100 characters.'];
    default:
      return undefined;
  }
}
