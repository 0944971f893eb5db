/** A server with routes of the tests behind its real guards, on a real socket. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { createApp } from '../../../src/apps/server/create-app.ts';
import { createContext } from '../../../src/apps/server/create-context.ts';
import type { ServerApp, ServerContext } from '../../../src/apps/server/http/server-context.ts';
import { createHttpServer, type HttpServerTimes } from '../../../src/apps/server/node/create-http-server.ts';
import type { ImageServerSettings } from '../../../src/apps/server/settings.ts';
import { createImageManager, StubProvider } from '../../../src/index.ts';
import { createStore, type Store } from '../../../src/store/index.ts';
import { hashOf, TOKEN } from '../support.ts';

export interface GuardedApp {
  readonly url: string;
  readonly port: number;
  readonly context: ServerContext;
  /** How often a route of the test was reached. */
  readonly reached: () => number;
}

export interface GuardedAppOptions extends Partial<ImageServerSettings> {
  /** Methods of the store that the test replaces. */
  readonly storeMethods?: Partial<Store>;
  readonly times?: Partial<HttpServerTimes>;
  /** Adds routes besides GET, POST, PUT and DELETE `/probe`. */
  readonly mount?: (app: ServerApp, context: ServerContext) => void;
}

/** Servers that a file starts are closed when its tests are done. */
export function useGuardedApps(): (options?: GuardedAppOptions) => Promise<GuardedApp> {
  const open: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    await Promise.all(open.splice(0).map((close) => close()));
  });
  return async ({ times, mount, storeMethods = {}, ...settings } = {}) => {
    const folder = await mkdtemp(join(tmpdir(), 'ai-image-server-'));
    const store = createStore({ directory: join(folder, 'images'), marks: 'none' });
    Object.assign(store, storeMethods);
    const manager = createImageManager({ providers: { stub: new StubProvider() }, store });
    const context = createContext({
      tokens: [{ name: 'ada', sha256: hashOf(TOKEN) }],
      ...settings,
      manager,
      store,
    });
    const app = createApp(context);
    let reached = 0;
    app.on(['GET', 'POST', 'PUT', 'DELETE'], '/probe', (c) => {
      reached += 1;
      return c.json({ caller: c.get('caller').name });
    });
    mount?.(app, context);
    const http = await createHttpServer((request, env) => app.fetch(request, env as never), times);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as AddressInfo;
    open.push(async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await manager.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    });
    return { url: `http://127.0.0.1:${port}`, port, context, reached: () => reached };
  };
}
