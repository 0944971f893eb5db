import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const source = (path: string) => JSON.stringify(new URL(`../../../src/transport/${path}`, import.meta.url).href);

/** What the proxy was asked for, and what the server on the private address was asked for. */
const proxied: string[] = [];
const reached: string[] = [];
let outcomes: Record<string, string> = {};
const servers: Server[] = [];

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  const proxy = createServer((request, response) => {
    proxied.push(`${request.method} ${request.url}`);
    const { hostname, pathname } = new URL(request.url ?? '', 'http://none');
    if (hostname !== 'cdn.example.com') return void response.writeHead(502).end();
    // Since Node 26, plain HTTP is not sent through a tunnel.
    void fetch(`http://127.0.0.1:${port}${pathname}`).then(async (reply) => response.end(await reply.text()));
  });
  proxy.on('connect', (request, socket, head) => {
    proxied.push(`CONNECT ${request.url}`);
    if (!request.url?.startsWith('cdn.example.com')) return socket.end('HTTP/1.1 502 No\r\n\r\n');
    // The proxy resolves the name in its own way.
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      target.write(head);
      target.pipe(socket).pipe(target);
    });
  });
  const proxyUrl = `http://127.0.0.1:${await listen(proxy)}`;
  const origin = createServer((request, response) => {
    reached.push(request.url ?? '');
    response.end('bytes');
  });
  const port = await listen(origin);

  // A process of its own: Node reads these variables when it starts.
  const script = `
    import { checkLink } from ${source('net/link-guard.ts')};
    import { isPublicAddress } from ${source('net/address.ts')};
    import { dial } from ${source('platform/node.ts')};
    const rules = { trustedOrigins: new Set(), secureOnly: false };
    const options = { headers: {}, signal: AbortSignal.timeout(5000), isAllowed: isPublicAddress };
    const loopback = async () => [{ address: '127.0.0.1', family: 4 }];
    const both = async () => [{ address: '93.184.216.34', family: 4 }, { address: '10.0.0.1', family: 4 }];
    const unknown = async () => { throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }); };
    const work = {
      control: () => fetch('http://control.example.com/').then(({ status }) => status),
      address: async () => dial(checkLink('http://127.0.0.1:${port}/address', rules), options),
      number: async () => dial(checkLink('https://2130706433:${port}/number', rules), options),
      name: async () => dial(checkLink('http://cdn.example.com:${port}/name', rules), { ...options, lookup: loopback }),
      encrypted: async () => dial(checkLink('https://cdn.example.com:${port}/encrypted', rules), { ...options, lookup: loopback }),
      one: async () => dial(checkLink('http://cdn.example.com:${port}/one', rules), { ...options, lookup: both }),
      allowed: async () => (await dial(new URL('http://cdn.example.com:${port}/allowed'), { ...options, isAllowed: () => true, lookup: loopback })).text(),
      unknown: async () => (await dial(checkLink('http://cdn.example.com:${port}/unknown', rules), { ...options, lookup: unknown })).text(),
    };
    const outcomes = {};
    for (const [name, start] of Object.entries(work)) outcomes[name] = await start().then(String, (error) => error.fault ?? String(error));
    process.stdout.write(JSON.stringify(outcomes));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    timeout: 15_000,
    env: {
      ...process.env,
      NODE_USE_ENV_PROXY: '1',
      NO_PROXY: '',
      no_proxy: '',
      HTTP_PROXY: proxyUrl,
      http_proxy: proxyUrl,
      HTTPS_PROXY: proxyUrl,
      https_proxy: proxyUrl,
    },
  });
  outcomes = JSON.parse(stdout);
});
afterAll(() => Promise.all(servers.map((server) => new Promise((done) => server.close(done)))));

describe('with a proxy in the environment', () => {
  it('the proxy is used for other requests', () => {
    expect(proxied.join()).toContain('control.example.com');
  });

  it('R22: links to private addresses are refused, and the proxy receives none of them', () => {
    expect(outcomes).toMatchObject({
      address: 'unsafe_url',
      number: 'unsafe_url',
      name: 'unsafe_url',
      encrypted: 'unsafe_url',
      one: 'unsafe_url',
    });
    expect(reached).toEqual(['/allowed', '/unknown']);
  });

  it('an allowed link goes through the proxy, also if only the proxy can resolve its name', () => {
    expect(outcomes).toMatchObject({ allowed: 'bytes', unknown: 'bytes' });
    expect(proxied.filter((line) => line.includes('cdn.example.com'))).toHaveLength(2);
  });
});
