/** The address under which a client sees the server, for links. */
import type { ServerContext, ServerRequest } from '../http/server-context.ts';

/** Returns `settings.publicUrl`, or else the origin of the request. Without a slash at the end. */
export function publicOrigin(c: ServerRequest, { settings }: Pick<ServerContext, 'settings'>): string {
  if (settings.publicUrl !== undefined) return settings.publicUrl.replace(/\/$/, '');
  // The name was checked against the list of hosts.
  const { origin } = new URL(c.req.url);
  const isSecure = settings.trustProxy === true && c.req.header('x-forwarded-proto') === 'https';
  return isSecure ? origin.replace('http://', 'https://') : origin;
}
