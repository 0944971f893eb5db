/** The names under which clients may address a server: the `Host` header of their requests. */
import { hostname, networkInterfaces } from 'node:os';
import type { ServeConfig } from '../../../config/index.ts';

const WILDCARDS: readonly string[] = ['0.0.0.0', '::', '[::]'];

/**
 * The configured names, that of the public address, and the address that the server listens on. A server that listens on all addresses can
 * be addressed by each address of this machine and by its name.
 */
export function hostNames(host: string, { hosts = [], publicUrl }: ServeConfig): readonly string[] {
  const ofMachine = WILDCARDS.includes(host)
    ? [hostname(), ...Object.values(networkInterfaces()).flatMap((all = []) => all.map(toName))]
    : [/:/.test(host) && !host.startsWith('[') ? `[${host}]` : host];
  const ofUrl = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  return [...new Set([...hosts, ...ofUrl, ...ofMachine].flatMap(toHostHeader))];
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
