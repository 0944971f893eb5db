/** Flags that say where a server listens and which token it takes. */
import { resolve } from 'node:path';
import type { ServeConfig } from '../../../config/index.ts';
import { quoteName } from '../../../providers/protocol/input/hide-keys.ts';
import { readInteger } from '../flags/number-flag.ts';
import { UsageError } from '../usage-error.ts';
import type { ListenPlace } from './listen-error.ts';

export interface ServeFlags {
  readonly host?: string;
  readonly port?: string;
  readonly socket?: string;
  readonly tokenEnv?: string;
  readonly queue?: boolean;
  readonly quiet?: boolean;
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 4242;
/** The system does not take a longer path of a socket. */
const MAX_SOCKET_BYTES = 107;

/** @throws UsageError */
export function readPlace(flags: ServeFlags, { host, port }: ServeConfig = {}): ListenPlace {
  const { socket, tokenEnv } = flags;
  const chosen = readInteger('--port', flags.port, 0, 65_535, DEFAULT_PORT);
  if (tokenEnv !== undefined && !/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(tokenEnv)) {
    // It may be the token itself, which the command line shows to every user of the machine.
    throw new UsageError(
      '--token-env needs the name of an environment variable',
      'Set the token in a variable and give its name, for example --token-env IMAGEN_SERVE_TOKEN.',
    );
  }
  if (socket !== undefined && (flags.host !== undefined || flags.port !== undefined)) {
    const other = flags.host === undefined ? '--port' : '--host';
    throw new UsageError(`--socket and ${other} cannot be used together`, `Remove ${other}.`);
  }
  if (socket === '') throw new UsageError('invalid --socket ""', 'Use a path, for example --socket imagen.sock.');
  if (socket !== undefined && new TextEncoder().encode(socket).length > MAX_SOCKET_BYTES) {
    throw new UsageError('the path of --socket is too long', `Use one of at most ${MAX_SOCKET_BYTES} bytes.`);
  }
  const given = readHost(flags.host) ?? host ?? DEFAULT_HOST;
  return { host: withoutBrackets(given), port: chosen ?? port ?? DEFAULT_PORT, socket };
}

/** An empty address would listen on all of them. */
function readHost(text: string | undefined): string | undefined {
  if (text === undefined || /^[A-Za-z0-9[][A-Za-z0-9.:[\]-]{0,254}$|^::[0-9A-Fa-f:.]{0,40}$/.test(text)) return text;
  throw new UsageError(
    `invalid --host ${quoteName(text, 40)}`,
    'Use an address of this machine, for example --host 127.0.0.1.',
  );
}

/** An address of version 6 has brackets in web addresses only. */
const withoutBrackets = (host: string): string => /^\[([^\]]*)\]$/.exec(host)?.[1] ?? host;

/** Returns the flags as they were given, with absolute paths, for the command line of a unit. */
export function placeFlags({ host, port, socket, tokenEnv, queue, quiet }: ServeFlags, cwd: string): readonly string[] {
  const pair = (flag: string, value: string | undefined) => (value === undefined ? [] : [flag, value]);
  return [
    ...pair('--host', host),
    ...pair('--port', port),
    ...pair('--socket', socket === undefined ? undefined : resolve(cwd, socket)),
    ...pair('--token-env', tokenEnv),
    ...(queue ? ['--queue'] : []),
    ...(quiet ? ['--quiet'] : []),
  ];
}
