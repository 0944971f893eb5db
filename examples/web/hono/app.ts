/** An app with its own login: its page generates images through the server of this package, which is a part of the app. */
import { randomBytes } from 'node:crypto';
import type { ImageManager } from '@org/ai-image';
import { createImageServer, type ImageServer } from '@org/ai-image/server';
import type { Store } from '@org/ai-image/store';
import { Hono } from 'hono';
import { basicAuth } from 'hono/basic-auth';

export interface AppSettings {
  readonly manager: ImageManager;
  readonly store: Store;
  /** The address of the app, e.g. `https://app.example.com`. */
  readonly origin: string;
  readonly username: string;
  readonly password: string;
  /** The script of the page: `page.ts`, bundled for browsers. */
  readonly script: string;
}

export async function createApp({ manager, store, origin, username, password, script }: AppSettings) {
  // Only this app uses the token. Pages never see it: they have the login of the app.
  const token = randomBytes(32).toString('hex');
  const images = createImageServer({
    manager,
    store,
    tokens: [{ name: 'web', sha256: await sha256(token), perDayUsd: 5 }],
    hosts: [new URL(origin).hostname],
    publicUrl: `${origin}/images`,
  });

  const app = new Hono();
  app.use(basicAuth({ username, password }));
  app.get('/', (c) =>
    c.html('<!doctype html><title>Images</title><main></main><script type="module" src="/page.js"></script>'),
  );
  app.get('/page.js', (c) => c.body(script, 200, { 'content-type': 'text/javascript' }));
  app.mount('/images', (request, env) => answerAs(token, images, request, env));
  return { app, close: images.close };
}

/** Replaces the login of the page with the token of the app. */
function answerAs(token: string, images: ImageServer, request: Request, env: unknown) {
  const headers = new Headers(request.headers);
  headers.set('authorization', `Bearer ${token}`);
  return images.fetch(new Request(request, { headers }), env);
}

async function sha256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString('hex');
}
