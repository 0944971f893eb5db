import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const ownFetch = JSON.stringify(
  new URL('../../../src/transport/platform/node/direct-node-fetch.ts', import.meta.url).href,
);

/**
 * Runs the lines one after the other in a process of their own, because a dispatcher once set stays in its process.
 * @returns for each line, whether the global fetch was Node's own after it
 */
async function isOwnAfter(
  lines: readonly string[],
  env: Record<string, string> = {},
): Promise<Record<string, boolean>> {
  const script = `import { isDirectNodeFetch } from ${ownFetch};
    const { fetch: ownFetch } = globalThis;
    const outcomes = {};
    ${lines.map((line) => `${line}; outcomes[${JSON.stringify(line)}] = isDirectNodeFetch();`).join('\n')}
    process.stdout.write(JSON.stringify(outcomes)); process.exit();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { ...process.env, NODE_USE_ENV_PROXY: '', ...env },
  });
  return JSON.parse(stdout);
}

const all = (lines: readonly string[], isOwn: boolean) => Object.fromEntries(lines.map((line) => [line, isOwn]));

describe('the global fetch', () => {
  it('is Node’s own before and after the first request, and not once it is replaced', async () => {
    const own = ['', `await ownFetch('data:,a')`];
    const replaced = [
      'globalThis.fetch = (...request) => ownFetch(...request)',
      'globalThis.fetch = new Proxy(ownFetch, {})',
      'globalThis.fetch = ownFetch.bind(globalThis)',
    ];
    const restored = 'globalThis.fetch = ownFetch';
    const tools = [`(await import('msw/node')).setupServer().listen()`, `await import('nock')`];
    expect(await isOwnAfter([...own, ...replaced, restored])).toEqual({
      ...all([...own, restored], true),
      ...all(replaced, false),
    });
    for (const tool of tools) expect(await isOwnAfter([tool])).toEqual({ [tool]: false });
  });

  it.each(['undici', 'undici-7'])('is not Node’s own while a dispatcher of %s is not a plain agent', async (name) => {
    const load = `const undici = await import('${name}')`;
    const set = (dispatcher: string) => `undici.setGlobalDispatcher(${dispatcher})`;
    const plain = [load, set('new undici.Agent()'), set('new undici.Agent({ keepAliveTimeout: 9, allowH2: true })')];
    const special = [
      'new undici.ProxyAgent("http://127.0.0.1:9")',
      'new undici.EnvHttpProxyAgent({ httpProxy: "http://127.0.0.1:9" })',
      'new undici.MockAgent()',
      'new undici.RetryAgent(new undici.Agent())',
      'new undici.Agent().compose(undici.interceptors.retry())',
      'new undici.Agent({ connect: { ca: "x" } })',
      'new undici.Agent({ factory: (origin, options) => new undici.Client(origin, options) })',
      'new (class Agent extends undici.Agent {})()',
      '{ dispatch() {} }',
    ].map(set);
    const [first, ...others] = plain;
    expect(await isOwnAfter([first!, ...special, ...others])).toEqual({ ...all(plain, true), ...all(special, false) });
  });

  it('is not Node’s own if the environment names a proxy', async () => {
    const proxy = { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: 'http://127.0.0.1:9' };
    expect(await isOwnAfter([''], proxy)).toEqual({ '': false });
    expect(await isOwnAfter([''], { ...proxy, NODE_USE_ENV_PROXY: '' })).toEqual({ '': true });
  });
});
