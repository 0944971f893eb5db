/** `#platform` on Node. Only the files in `node/` may import `node:` modules. */
export type { DialOptions, ResolvedAddress } from './dial-options.ts';
export { crc32, decodeBase64, encodeBase64, indexOfByte, moveToNewBuffer, reclaim } from './node/bytes.ts';
export { dial } from './node/dial.ts';
export { isDirectNodeFetch } from './node/direct-node-fetch.ts';
export { readUserFile } from './node/user-file.ts';

/** Opens a WebSocket. Unlike the web's, Node's constructor accepts headers. */
export function openSocket(url: URL, headers: Readonly<Record<string, string>>): WebSocket | undefined {
  const NodeSocket = globalThis.WebSocket as unknown as new (url: URL, options: { headers: object }) => WebSocket;
  return new NodeSocket(url, { headers });
}
