/** Shared by the tests of the client: a client of a real server. */
import { createClient, type ImageClient } from '../../src/client/index.ts';
import { type TestServer, type TestServerSettings, TOKEN, useServers } from '../server/support.ts';

export interface TestClient {
  readonly client: ImageClient;
  readonly server: TestServer;
}

/** Starts a server and creates a client of it. The server is closed at the end of the file. */
export function useClients(): (settings?: TestServerSettings) => Promise<TestClient> {
  const start = useServers();
  return async (settings) => {
    const server = await start(settings);
    return { server, client: createClient({ url: server.url, token: TOKEN, reconnectMs: 1 }) };
  };
}
