/** `/mcp`: the image tools for agents, over streamable HTTP. The guards of the server have checked token, host and origin before. */
import type { ImagenMcp } from '../../mcp/index.ts';
import { MAX_REQUEST_BYTES } from '../../mcp/settings.ts';
import { publicOrigin } from '../files/public-origin.ts';
import { readJsonBody } from '../http/read-body.ts';
import type { ServerApp, ServerContext } from '../http/server-context.ts';
import type { Caller } from '../tenants/caller.ts';

export function mountMcp(app: ServerApp, context: ServerContext): void {
  const { settings } = context;
  if (settings.mcp === undefined || settings.mcp === false) return;
  /** By the name of the token. A promise, so that two first requests at once share the server and its count of calls. */
  const servers = new Map<string, Promise<ImagenMcp>>();
  const origins = new WeakMap<Request, string>();
  const originOf = (of: Request) => origins.get(of) ?? new URL(of.url).origin;
  const rootKey = settings.fileKey ?? crypto.getRandomValues(new Uint8Array(32));

  async function serverOf(caller: Caller): Promise<ImagenMcp> {
    // Loaded with the first request: most servers have no agents.
    const { createCallerMcp } = await import('./create-caller-mcp.ts');
    return createCallerMcp(caller, context, { originOf, stateKey: await stateKeyOf(caller, rootKey) });
  }

  app.on(['GET', 'POST', 'DELETE'], '/mcp', async (c) => {
    const caller = c.get('caller');
    const request = c.req.raw;
    const parsed = c.req.method === 'POST' ? await readJsonBody(c, MAX_REQUEST_BYTES) : undefined;
    const server = servers.get(caller.name) ?? serverOf(caller);
    servers.set(caller.name, server);
    origins.set(request, publicOrigin(c, context));
    return (await server).handler()(request, parsed && { parsedBody: parsed.value });
  });
}

/**
 * Derives a key from the key of the links, so that servers that share that key share this one. Each token has its own: what a user has agreed
 * to counts for no other token.
 */
async function stateKeyOf({ name }: Caller, rootKey: Uint8Array): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', rootKey.slice(), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const text = new TextEncoder().encode(`mcp request state of ${name}`);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, text));
}
