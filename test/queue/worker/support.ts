/** Shared by the tests of the worker. */
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { useFolder } from '../../store/support.ts';
import { type Host, type HostSettings, openHost } from './hosts.ts';

export { QUICK } from './hosts.ts';

/** Opens hosts that share one folder: they are as different processes, because each has a store of its own. */
export function useHosts(): (settings: HostSettings) => Host {
  const folder = useFolder();
  const hosts: Host[] = [];
  afterEach(async () => {
    for (const host of hosts.splice(0).reverse()) await host.close();
  });
  return (settings) => {
    const host = openHost(join(folder(), 'images'), settings);
    hosts.push(host);
    return host;
  };
}
