/** Shared by the tests of the server: a server on a real socket, over a store in a temporary folder. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { createImageServer, type ImageServer, type ImageServerSettings, listen } from '../../src/apps/server/index.ts';
import { type AiImageProvider, createImageManager, type ImageManager, StubProvider } from '../../src/index.ts';
import { createStore, type Store } from '../../src/store/index.ts';

/** The token of the tests' caller, whose name is `ada`. */
export const TOKEN = 'a-token-of-the-tests-0123456789abcdef';
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

export interface TestServer {
  readonly url: string;
  readonly manager: ImageManager;
  readonly store: Store;
  /** The server itself, without a socket. */
  readonly server: ImageServer;
  /** Sends a request with the token. */
  readonly send: (path: string, init?: RequestInit) => Promise<Response>;
  /** Sends a JSON body with the token. */
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>;
  readonly close: () => Promise<void>;
}

export interface TestServerSettings extends Partial<ImageServerSettings> {
  /** @default the stub */
  readonly providers?: Readonly<Record<string, AiImageProvider>>;
  /** The directory of the store. @default a new one, which is removed at the end */
  readonly directory?: string;
}

const open: TestServer[] = [];

/** Servers that a file starts are closed when its tests are done. */
export function useServers(): (settings?: TestServerSettings) => Promise<TestServer> {
  afterAll(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()));
  });
  return startTestServer;
}

async function startTestServer({ providers, directory, ...settings }: TestServerSettings = {}): Promise<TestServer> {
  const folder = directory ?? (await mkdtemp(join(tmpdir(), 'ai-image-server-')));
  const store = settings.store ?? createStore({ directory: join(folder, 'images'), marks: 'none' });
  const manager =
    settings.manager ?? createImageManager({ providers: providers ?? { stub: new StubProvider() }, store });
  const server = createImageServer({
    tokens: [{ name: 'ada', sha256: hashOf(TOKEN) }],
    ...settings,
    manager,
    store,
  });
  const listening = await listen(server, { port: 0 });
  const send: TestServer['send'] = (path, init = {}) =>
    fetch(`${listening.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${TOKEN}`, ...(init.headers as Record<string, string> | undefined) },
    });
  const started: TestServer = {
    ...{ url: listening.url, manager, store, server, send },
    post: (path, body, headers = {}) =>
      send(path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    close: () => (closed ??= close()),
  };
  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    await listening.close(1_000);
    if (settings.manager === undefined) await manager.close();
    if (settings.store === undefined) await store.close();
    if (directory === undefined) await rm(folder, { recursive: true, force: true });
  }
  open.push(started);
  return started;
}
