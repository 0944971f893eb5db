/** Advice where `baseUrl` names a server that speaks a vendor's dialect and is not the vendor's. */
import type { ProviderAbout } from './about.ts';

/** @returns `undefined` at the vendor's own hosts, and where there is nothing to advise */
export function adviceFor({ otherServers }: ProviderAbout, baseUrl: string | undefined): string | undefined {
  if (otherServers === undefined || baseUrl === undefined || !URL.canParse(baseUrl)) return undefined;
  const { hostname } = new URL(baseUrl);
  const { host, hint } = otherServers;
  return hostname === host || hostname.endsWith(`.${host}`) ? undefined : hint;
}

export function withAdvice(hint: string | undefined, advice: string): string {
  return hint === undefined ? advice : `${hint} ${advice}`;
}
