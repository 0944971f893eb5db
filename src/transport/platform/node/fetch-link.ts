/** Sends requests to links through the global `fetch`, where the host app has put a proxy, a mock or other code in between. */
import { transportError } from '../../errors.ts';
import { untilAborted } from '../../flow/wait.ts';
import { literalAddress } from '../../net/address.ts';
import type { DialOptions } from '../dial-options.ts';
import { resolveHost } from './resolve-host.ts';

/** How long to wait for the addresses of a name. Behind a proxy there may be no resolver that answers. */
const LOOKUP_TIMEOUT_MS = 2_000;

/**
 * Like `dial`, but `fetch` connects. Every address that the name has here must be allowed, because `fetch` may choose any of them. A name
 * without an address here is sent all the same: a proxy may resolve it, and a mock needs no address.
 * What `fetch` or a proxy resolves later can differ from what was checked.
 * @throws TransportError `unsafe_url` if an address is not allowed; the error of `fetch`; the signal's reason
 */
export async function fetchLink(url: URL, options: DialOptions): Promise<Response> {
  const { signal, method = 'GET', body, headers } = options;
  signal.throwIfAborted();
  for (const address of await untilAborted(knownAddresses(url, options), signal)) {
    if (options.isAllowed(address)) continue;
    const reason = address === literalAddress(url) ? 'the address' : 'one of its addresses';
    throw transportError(`link to ${url.hostname} is refused: ${reason} is not allowed`, {
      fault: 'unsafe_url',
      step: 'download',
    });
  }
  const target = new URL(url);
  target.username = '';
  target.password = '';
  return fetch(target.href, {
    method,
    headers: { ...headers, 'accept-encoding': 'identity' },
    ...(body !== undefined && { body }),
    redirect: 'manual',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    signal,
  });
}

async function knownAddresses(url: URL, options: DialOptions): Promise<readonly string[]> {
  const timeout = Promise.withResolvers<readonly []>();
  const timer = setTimeout(timeout.resolve, LOOKUP_TIMEOUT_MS, []);
  try {
    const found = await Promise.race([resolveHost(url, options), timeout.promise]);
    return found.map(({ address }) => address);
  } catch {
    return []; // no address is known here
  } finally {
    clearTimeout(timer);
  }
}
