/** Loads the SDK of the Model Context Protocol. It is optional: a program without an MCP server need not install it. */
import { loadOptional } from '../shared/load-optional.ts';

export type Sdk = typeof import('@modelcontextprotocol/server');

/** @throws AiImageError `not_configured`: the SDK is not installed */
export const loadSdk = (): Promise<Sdk> => loadPeer(() => import('@modelcontextprotocol/server'));

/** @throws AiImageError `not_configured` */
export const loadPeer = <T>(load: () => Promise<T>): Promise<T> =>
  loadOptional(load, { user: 'an MCP server', packages: ['@modelcontextprotocol/server'] });
