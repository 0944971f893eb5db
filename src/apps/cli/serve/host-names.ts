/** The names under which clients may address a server: the `Host` header of their requests. */
import { hostname, networkInterfaces } from 'node:os';
import type { ServeConfig } from '../../../config/index.ts';

/** The addresses that stand for all addresses, as `URL` writes them. */
const WILDCARDS: readonly (string | undefined)[] = ['0.0.0.0', '[::]'];

/**
 * The configured names, that of the public address, and the address that the server listens on. A server that listens on all addresses can
 * be addressed by each address of this machine, by its name, and by the address that it prints: no page of another site can have that name.
 */
export function hostNames(host: string, { hosts = [], publicUrl }: ServeConfig): readonly string[] {
  const own = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const ofMachine = WILDCARDS.includes(toHostHeader(own)[0])
    ? [hostname(), ...Object.values(networkInterfaces()).flatMap((all = []) => all.map(toName))]
    : [];
  const ofUrl = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  return [...new Set([...hosts, ...ofUrl, own, ...ofMachine].flatMap(toHostHeader))];
}

/** As browsers send it. A name of this machine that no client can send is left out. */
function toHostHeader(name: string): readonly string[] {
  const url = `http://${name}/`;
  return URL.canParse(url) ? [new URL(url).hostname] : [];
}

/** The address of a link-local interface may have a zone, which a `Host` header has not. */
function toName({ address, family }: { readonly address: string; readonly family: string }): string {
  return family === 'IPv6' ? `[${address.split('%')[0]}]` : address;
}
