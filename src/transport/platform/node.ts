/** `#platform` on Node. Only the files in `node/` may import `node:` modules. */
export type { DialOptions, ResolvedAddress } from './dial-options.ts';
export { crc32, decodeBase64, encodeBase64, indexOfByte, moveToNewBuffer, reclaim } from './node/bytes.ts';
export { dial } from './node/dial.ts';
export { isOwnFetch } from './node/own-fetch.ts';
export { readUserFile } from './node/user-file.ts';

/** Whether `dial` can connect to exactly the address that was checked. */
export const pinsAddresses: boolean = true;

/** Opens a WebSocket. Unlike the web's, Node's constructor accepts headers. */
export function openSocket(url: URL, headers: Readonly<Record<string, string>>): WebSocket | undefined {
  const NodeSocket = globalThis.WebSocket as unknown as new (url: URL, options: { headers: object }) => WebSocket;
  return new NodeSocket(url, { headers });
}
