/** Checks where a server is to listen. */
import { AiImageError } from '../../../index.ts';
import { type FieldKinds, findFieldFault } from '../../../providers/protocol/input/check-fields.ts';
import type { ImageServer } from '../settings.ts';
import type { ListenSettings } from './listen-settings.ts';

const FIELDS: FieldKinds<ListenSettings> = { host: 'text', port: 'number', socket: 'text', requestTimeoutMs: 'number' };

const MAX_PORT = 65_535;
const MAX_TIMEOUT_MS = 3_600_000;
/** Of the address of a Unix socket on Linux; macOS has a few less, and refuses a longer one itself. */
const MAX_SOCKET_BYTES = 107;

/** @throws AiImageError `invalid_request` */
export function checkListenServer(server: ImageServer): void {
  const fault = findFieldFault({ server }, { server: ['fetch', 'close'] }, { whole: 'the server', field: 'argument' });
  if (fault === undefined && server !== undefined) return;
  const what = fault?.what ?? 'argument server is missing';
  throw refuse(what, 'Pass what createImageServer returned: listen(createImageServer({ … }), { port }).');
}

/** @throws AiImageError `invalid_request` */
export function checkListenSettings(settings: ListenSettings): void {
  const fault = findFieldFault(settings, FIELDS, { whole: 'the settings', field: 'setting' });
  if (fault !== undefined) throw refuse(fault.what, fault.hint);
  const { host, port, socket, requestTimeoutMs } = settings;
  if (socket !== undefined && (host !== undefined || port !== undefined)) {
    throw refuse('both socket and host or port are set', 'Pass either a socket, or a host and a port.');
  }
  if (socket !== undefined && !(socket !== '' && new TextEncoder().encode(socket).length <= MAX_SOCKET_BYTES)) {
    throw refuse(`socket must be a path of 1 to ${MAX_SOCKET_BYTES} bytes`, 'Choose a shorter path.');
  }
  if (host !== undefined && !/^[\w.:-]{1,255}$/.test(host)) {
    throw refuse('host must be an address or a name', 'Pass for example 127.0.0.1 or ::1, without brackets and port.');
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= MAX_PORT)) {
    throw refuse(`port must be a whole number from 0 to ${MAX_PORT}`, 'Leave it out for 4242; 0 takes a free port.');
  }
  const isTime = requestTimeoutMs === undefined || (requestTimeoutMs >= 1_000 && requestTimeoutMs <= MAX_TIMEOUT_MS);
  if (!isTime) {
    throw refuse(`requestTimeoutMs must be from 1000 to ${MAX_TIMEOUT_MS}`, 'Leave it out for 60 seconds.');
  }
}

const refuse = (what: string, hint: string): AiImageError =>
  new AiImageError('invalid_request', `listen: ${what}`, { hint, charged: 'no' });
