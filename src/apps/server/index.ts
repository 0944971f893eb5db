/** An HTTP server over a manager: OpenAI's Images API for any provider, and an API of its own. Hosts import it from here. */
export { createImageServer } from './create-image-server.ts';
export type { AccessLine } from './http/access-line.ts';
export { listen } from './node/listen.ts';
export type { ListeningServer, ListenSettings } from './node/listen-settings.ts';
export type { ImageServer, ImageServerSettings, ServerLimits, ServerMcpSettings, TokenSettings } from './settings.ts';
