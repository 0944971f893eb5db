/** docs/proxies-and-mocking.md: each code block runs in a process of its own, with a server and a proxy on 127.0.0.1. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, request as forward, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StubProvider } from '../../src/index.ts';
import { withCompileCache } from '../support/temporary-root.ts';

const page = await readFile('docs/proxies-and-mocking.md', 'utf8');
const blocks = new Map(
  [...page.matchAll(/<!-- run: (.+) -->\n```js\n([\s\S]*?)```/g)].map(([, name = '', code = '']) => [name, code]),
);
/** The package in chunks, bundled once, because each process would have to translate all sources again. */
const bundle = await mkdtemp(join(tmpdir(), 'ai-image-bundle-'));
await build({
  entryPoints: { index: 'src/index.ts' },
  outdir: bundle,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  alias: { '#platform': './src/transport/platform/node.ts' },
  logLevel: 'error',
});
afterAll(() => rm(bundle, { recursive: true, force: true }));
/** Resolves the package's own name to the bundle. */
const hooks = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  const files = { '@org/ai-image': ${JSON.stringify(pathToFileURL(join(bundle, 'index.mjs')).href)} };
  registerHooks({ resolve: (name, context, next) => next(files[name] ?? name, context) });`)}`;

const servers: Server[] = [];
/** Requests that the vendor received, and those of them that came through the proxy. */
let received: string[] = [];
let proxied: string[] = [];
let origin = '';
let proxyUrl = '';

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  const { imageBytes } = await new StubProvider().generateImage('a red fox');
  const vendor = createServer((request, response) => {
    received.push(`${request.method} ${request.url}`);
    request.resume();
    if (request.method === 'GET') response.end(imageBytes);
    else {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data: [{ url: `${origin}/fox.png`, is_image_safe: true }] }));
    }
  });
  // Some proxies get plain http requests with the whole URL, some as a tunnel.
  const proxy = createServer((incoming, outgoing) => {
    proxied.push(incoming.url ?? '');
    const { method, headers } = incoming;
    incoming.pipe(
      forward(incoming.url ?? '', { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(outgoing);
      }),
    );
  });
  proxy.on('connect', ({ url = '' }, socket, head) => {
    proxied.push(`CONNECT ${url}`);
    const target = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  });
  origin = await listen(vendor);
  proxyUrl = await listen(proxy);
});
beforeEach(() => {
  received = [];
  proxied = [];
});
afterAll(() =>
  Promise.all(
    servers.map((server) => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    }),
  ),
);

/** Runs a block. @returns what it printed */
async function run(code: string, env: Record<string, string> = {}): Promise<string> {
  const options = ['--disable-warning=ExperimentalWarning', '--import', hooks, '--input-type=module', '-e', code];
  const { stdout } = await promisify(execFile)(process.execPath, options, {
    env: {
      ...process.env,
      ...withCompileCache(),
      NODE_USE_ENV_PROXY: '',
      NO_PROXY: '',
      no_proxy: '',
      IDEOGRAM_API_KEY: 'test-key',
      ...env,
    },
  });
  return stdout.trim();
}

const codeOf = (name: string) => {
  const code = blocks.get(name);
  if (code === undefined) throw new Error(`the page has no block ${name}`);
  return code;
};
/** The block, with the vendor's server on 127.0.0.1. */
const withOwnVendor = (name: string) =>
  codeOf(name).replace(/(createProvider\('ideogram', \{)/, `$1 baseUrl: ${JSON.stringify(origin)},`);
const aSize = expect.stringMatching(/^[1-9]\d{3,}$/);

it('runs every block of code', () => {
  expect([...page.matchAll(/```js\n/g)]).toHaveLength(blocks.size);
  expect([...blocks.keys()]).toEqual(['env', 'dispatcher', 'one provider', 'msw', 'nock', 'MockAgent']);
});

describe('with a proxy', () => {
  const env = () => ({ HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl, http_proxy: proxyUrl, https_proxy: proxyUrl });

  it.each([
    ['from the environment', 'env', () => ({ ...env(), NODE_USE_ENV_PROXY: '1' })],
    ['set as a dispatcher', 'dispatcher', env],
    ['of one provider', 'one provider', () => ({ PROXY_URL: proxyUrl })],
  ] as const)('%s, the request and the download go through it', async (_how, block, environment) => {
    expect(await run(withOwnVendor(block), environment())).toEqual(aSize);
    expect(received).toEqual([expect.stringMatching(/^POST \/v2\/image\/generate\//), 'GET /fox.png']);
    expect(proxied.length).toBeGreaterThan(0);
  });

  it('that is not in use, nothing goes through it', async () => {
    expect(await run(withOwnVendor('env'), env())).toEqual(aSize);
    expect(received).toHaveLength(2);
    expect(proxied).toEqual([]);
  });
});

describe('with a mock', () => {
  it.each(['msw', 'nock', 'MockAgent'])('of %s, the request and the download get its replies', async (block) => {
    expect(await run(codeOf(block))).toEqual(aSize);
    expect([received, proxied]).toEqual([[], []]);
  });

  it.each([
    ['undici', 'api.ideogram.ai', 'unavailable'],
    ['undici-7', 'api.ideogram.ai', 'unavailable'],
    ['undici', 'files.example.com', 'timeout'],
  ])('of %s without a reply for %s, the call fails at once with the code %s', async (name, missing, errorCode) => {
    const code = codeOf('MockAgent')
      .replace(`'undici'`, `'${name}'`)
      .replace(`https://${missing}')`, `https://elsewhere.example')`)
      .replace(
        `'test-key' }).generateImage('a red fox')`,
        '$&.catch((error) => ({ imageBytes: { length: error.code } }))',
      );
    expect(await run(code)).toBe(errorCode);
  });
});

describe('with fetch of undici', () => {
  it.each(['undici', 'undici-7'])('in the package %s, a form arrives', async (name) => {
    const code = `
      import { createProvider, StubProvider } from '@org/ai-image';
      import { fetch } from '${name}';
      const bytes = (await new StubProvider().generateImage('a red fox')).imageBytes;
      const provider = createProvider('ideogram', { apiKey: 'test-key', baseUrl: ${JSON.stringify(origin)}, fetch });
      const { images } = await provider.edit({ prompt: 'a blue fox', inputImages: [bytes] });
      console.log(images[0].imageBytes.length);`;
    expect(await run(code)).toEqual(aSize);
    expect(received).toEqual([expect.stringMatching(/^POST \/v2\/image\//), 'GET /fox.png']);
  });
});
