/** A hint for a `baseUrl` that names a server which implements a vendor's API but is not the vendor's. */
import type { ProviderAbout } from './about.ts';

/** @returns `undefined` for the vendor's own hosts, and for vendors without such a hint */
export function compatibleServerHint({ otherServers }: ProviderAbout, baseUrl: string | undefined): string | undefined {
  if (otherServers === undefined || baseUrl === undefined || !URL.canParse(baseUrl)) return undefined;
  const { hostname } = new URL(baseUrl);
  const { host, hint } = otherServers;
  return hostname === host || hostname.endsWith(`.${host}`) ? undefined : hint;
}

export function appendHint(hint: string | undefined, added: string): string {
  return hint === undefined ? added : `${hint} ${added}`;
}
