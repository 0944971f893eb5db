/** Loads the packages that only a server needs. They are optional: a program that has no server need not install them. */
import { AiImageError } from '../../index.ts';

/** @throws AiImageError `not_configured`: one of the packages is not installed */
export async function loadPeer<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const code = (cause as { readonly code?: unknown } | null)?.code;
    const isAbsent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    // With its quotes, because the path of a package that misses another one may contain the name too.
    const name = ["'hono'", "'@hono/node-server'"].find((each) => String(cause).includes(each));
    if (!isAbsent || name === undefined) throw cause;
    throw new AiImageError(
      'not_configured',
      `a server needs the package ${name.slice(1, -1)}, which is not installed`,
      { charged: 'no', hint: 'Run: npm install hono @hono/node-server', cause },
    );
  }
}
