/** Serves a server with Node's HTTP server. Modules of Node are loaded when it is called, so that other runtimes can load this entry too. */
import type { ImageServer } from '../settings.ts';
import { checkListenServer, checkListenSettings } from './check-listen-settings.ts';
import type { ListeningServer, ListenSettings } from './listen-settings.ts';

/**
 * @throws AiImageError `invalid_request`: the port is taken, or a setting is wrong; `not_configured`: `hono` or `@hono/node-server` is not
 *   installed
 */
export async function listen(server: ImageServer, settings: ListenSettings = {}): Promise<ListeningServer> {
  checkListenServer(server);
  checkListenSettings(settings);
  const { startListening } = await import('./start-listening.ts');
  return startListening(server, settings);
}
