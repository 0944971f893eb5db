/**
 * Other people's programs against the MCP server: the scenarios of the protocol's conformance suite that fit these tools, over HTTP, the
 * inspector's command line, and the client of the SDK's previous major, over HTTP and over stdio. They are installed for the run, in exact
 * versions, because they bring 200 packages.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOOL_NAMES } from '../../src/tool/index.ts';
import { bundleImagen } from '../apps/cli/process-support.ts';
import { TOKEN, useServers } from '../server/support.ts';

const PACKAGES = [
  '@modelcontextprotocol/conformance@0.1.16',
  '@modelcontextprotocol/inspector@2.12.0',
  '@modelcontextprotocol/sdk@1.32.2',
];
const NPM = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', ...PACKAGES];
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** The others need tools, resources or prompts with certain names, and features that the protocol has dropped since. */
const SCENARIOS = [
  'server-initialize',
  'ping',
  'tools-list',
  'resources-list',
  'prompts-list',
  'dns-rebinding-protection',
];

const startServer = useServers();
const run = promisify(execFile);
let folder: string;
let stop: () => Promise<void>;
let relay: Server;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-image-conformance-'));
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await run(npm, NPM, { cwd: folder });
  const imagen = await bundleImagen();
  stop = imagen.stop;
  const args = [imagen.main, 'mcp', '--store', join(folder, 'store')];
  const servers = { imagen: { command: process.execPath, args, env: { AI_IMAGE_PROVIDER: 'stub' } } };
  await writeFile(join(folder, 'servers.json'), JSON.stringify({ mcpServers: servers }));
  const server = await startServer({ mcp: true });
  relay = await startRelay(server.url);
  url = `http://127.0.0.1:${(relay.address() as AddressInfo).port}/mcp`;
});

afterAll(async () => {
  relay?.close();
  await stop?.();
  await rm(folder, { recursive: true, force: true });
});

/** Adds the token: the suite knows none. Everything else arrives as it was sent. */
async function startRelay(origin: string): Promise<Server> {
  const server = createServer((from, to) => {
    const headers = { ...from.headers, authorization: `Bearer ${TOKEN}` };
    const forwarded = request(`${origin}${from.url}`, { method: from.method ?? 'GET', headers }, (reply) => {
      to.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(to);
    });
    from.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const start = (program: string, args: readonly string[]) =>
  run(process.execPath, [join(folder, 'node_modules/.bin', program), ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', HOME: folder },
    timeout: 120_000,
  }).then(
    ({ stdout }) => ({ exit: 0, stdout }),
    (error: { code?: number; stdout?: string }) => ({ exit: error.code ?? -1, stdout: error.stdout ?? '' }),
  );

describe('the conformance suite', () => {
  it.each(SCENARIOS)('passes %s', async (scenario) => {
    const { exit, stdout } = await start('conformance', ['server', '--url', url, '--scenario', scenario]);
    expect(exit, stdout.slice(-2_000)).toBe(0);
  });

  it('fails a scenario for which the server has no tool', async () => {
    const { exit } = await start('conformance', ['server', '--url', url, '--scenario', 'tools-call-simple-text']);
    expect(exit).not.toBe(0);
  });
});

describe('the inspector', () => {
  const call = ['--method', 'tools/call', '--tool-name', 'generate_image', '--tool-args-json'];
  const places = {
    HTTP: () => [url, '--transport', 'http'],
    stdio: () => ['--config', join(folder, 'servers.json'), '--server', 'imagen'],
  };

  it.each(['HTTP', 'stdio'] as const)('lists and calls the tools over %s', async (place) => {
    const inspect = (args: readonly string[]) => start('mcp-inspector', ['--cli', ...places[place](), ...args]);
    const listed = await inspect(['--method', 'tools/list']);
    expect(listed.exit, listed.stdout.slice(-2_000)).toBe(0);
    for (const name of TOOL_NAMES) expect(listed.stdout).toContain(name);
    const made = await inspect([...call, JSON.stringify({ prompt: 'a fox', size: '256x256' })]);
    expect(made.exit, made.stdout.slice(-2_000)).toBe(0);
    expect(made.stdout).toContain('imagen://images/');
    const refused = await inspect([...call, JSON.stringify({ prompt: 'a fox', provider_url: 'http://127.0.0.1/' })]);
    expect(refused.stdout).toContain('provider_url');
  });
});

/** What a host writes. The place of the server is its argument, as JSON. */
const OLD_CLIENT = `
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
const { url, ...command } = JSON.parse(process.argv[2]);
const client = new Client({ name: 'previous major', version: '1.0.0' });
await client.connect(url === undefined ? new StdioClientTransport(command) : new StreamableHTTPClientTransport(new URL(url)));
const { tools } = await client.listTools();
const call = { name: 'generate_image', arguments: { prompt: 'a fox', size: '256x256' } };
const { structuredContent } = await client.callTool(call);
console.log(JSON.stringify({ tools: tools.map(({ name }) => name), ...structuredContent }));
await client.close();
`;

describe("the client of the SDK's previous major", () => {
  it.each(['HTTP', 'stdio'] as const)('lists and calls the tools over %s', async (place) => {
    await writeFile(join(folder, 'client.mjs'), OLD_CLIENT);
    const { imagen } = JSON.parse(await readFile(join(folder, 'servers.json'), 'utf8')).mcpServers;
    const env = { PATH: process.env.PATH ?? '', HOME: folder };
    const target = place === 'HTTP' ? { url } : { ...imagen, env: { ...env, ...imagen.env } };
    const { stdout } = await run(process.execPath, ['client.mjs', JSON.stringify(target)], { cwd: folder, env });
    expect(JSON.parse(stdout)).toMatchObject({ success: true, tools: TOOL_NAMES, data: { status: 'done' } });
  });
});
