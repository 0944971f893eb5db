/** Loads code that needs the packages of a server. */
import { loadOptional } from '../shared/load-optional.ts';

/** @throws AiImageError `not_configured`: one of the packages is not installed */
export const loadPeer = <T>(load: () => Promise<T>): Promise<T> =>
  loadOptional(load, { user: 'a server', packages: ['hono', '@hono/node-server'] });
