/** The image server of the app: one for the whole process. */
import { createHash, randomBytes } from 'node:crypto';
import { createImageManager, getProvider } from '@org/ai-image';
import { createImageServer } from '@org/ai-image/server';
import { createStore } from '@org/ai-image/store';

/** Only this app uses the token. Pages never see it: they have the login of the app. */
const token = randomBytes(32).toString('hex');
const origin = process.env.APP_ORIGIN ?? 'http://localhost:3000';

function create() {
  const store = createStore({ directory: process.env.IMAGES_DIRECTORY ?? 'images' });
  // AI_IMAGE_PROVIDER or the keys in the environment choose the provider; `stub` needs no key.
  const manager = createImageManager({ providers: { main: getProvider() }, store });
  return createImageServer({
    manager,
    store,
    tokens: [{ name: 'web', sha256: createHash('sha256').update(token).digest('hex'), perDayUsd: 5 }],
    hosts: [new URL(origin).hostname],
    publicUrl: `${origin}/images`,
  });
}

let server: ReturnType<typeof create> | undefined;

/** Answers a request below `/images`, with the token of the app instead of the login of the page. */
export function answer(request: Request): Promise<Response> | Response {
  server ??= create();
  const url = new URL(request.url);
  url.pathname = url.pathname.replace(/^\/images/, '');
  const headers = new Headers(request.headers);
  headers.set('authorization', `Bearer ${token}`);
  const { method, body, signal } = request;
  return server.fetch(new Request(url, { method, headers, body, signal, duplex: 'half' } as RequestInit));
}
