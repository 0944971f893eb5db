/** Loads the SDK of the Model Context Protocol. It is optional: a program without an MCP server need not install it. */
import { AiImageError } from '../../index.ts';

export type Sdk = typeof import('@modelcontextprotocol/server');

/** @throws AiImageError `not_configured`: the SDK is not installed */
export const loadSdk = (): Promise<Sdk> => loadPeer(() => import('@modelcontextprotocol/server'));

/** @throws AiImageError `not_configured` */
export async function loadPeer<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const code = (cause as { readonly code?: unknown } | null)?.code;
    const isAbsent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    if (!isAbsent || !String(cause).includes("'@modelcontextprotocol/server'")) throw cause;
    throw new AiImageError(
      'not_configured',
      'an MCP server needs the package @modelcontextprotocol/server, which is not installed',
      { charged: 'no', hint: 'Run: npm install @modelcontextprotocol/server', cause },
    );
  }
}
