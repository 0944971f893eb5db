/** imagen mcp as a process: clients of both eras, standard output, starts that fail, and the end. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, describe, expect, it } from 'vitest';
import { TOOL_NAMES } from '../../../../src/tool/index.ts';
import { until } from '../../../faults/hostile-server.ts';
import { withCompileCache } from '../../../support/temporary-root.ts';
import { bundleImagen, type Started } from '../process-support.ts';
import { temporaryFolder } from '../support.ts';

const STUB = { AI_IMAGE_PROVIDER: 'stub' };
const { main, start, stop } = await bundleImagen();
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await stop();
});

const ERAS = ['legacy', 'auto'] as const;

/** Starts the command as a client does. */
async function connect(era: (typeof ERAS)[number], folder: string, args: readonly string[] = []) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [main, 'mcp', '--store', join(folder, 'store'), ...args],
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', HOME: folder, ...withCompileCache(), ...STUB },
    stderr: 'ignore',
  });
  const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode: era } });
  closing.push(() => client.close());
  await client.connect(transport);
  return client;
}

/** Starts the command and speaks the protocol by hand. */
function startRaw(folder: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = STUB) {
  const started = start(['mcp', '--store', join(folder, 'store'), ...args], folder, env);
  closing.push(async () => {
    started.child.kill('SIGKILL');
    await started.ended;
  });
  return started;
}

const send = ({ child }: Started, ...frames: readonly object[]) =>
  child.stdin.write(frames.map((frame) => `${JSON.stringify({ jsonrpc: '2.0', ...frame })}\n`).join(''));

const framesOf = ({ text }: Started) =>
  text.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { id?: number; result?: Record<string, unknown> });

const answerTo = async (started: Started, id: number) => {
  await until(() => started.text.stdout.includes(`"id":${id}`) && started.text.stdout.endsWith('\n'), 20_000);
  return framesOf(started).find((frame) => frame.id === id)?.result as {
    structuredContent: { success: boolean; data: { images: { id: string }[]; job_id: string } };
  };
};

const INITIALIZE = {
  ...{ id: 0, method: 'initialize' },
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};
const generate = (id: number, prompt = 'a fox') => ({
  ...{ id, method: 'tools/call' },
  params: { name: 'generate_image', arguments: { prompt, size: '256x256' } },
});

describe.each(ERAS)('imagen mcp, with a client of the mode %s', (era) => {
  it('generates an image, shows it, finds it, and reads it', async () => {
    await using folder = await temporaryFolder();
    const client = await connect(era, folder.path);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(TOOL_NAMES);
    const result = await client.callTool({ name: 'generate_image', arguments: { prompt: 'a fox', size: '256x256' } });
    const { data } = result.structuredContent as { data: { images: { id: string; path: string }[]; job_id: string } };
    expect(result.content.map(({ type }) => type)).toEqual(['text', 'image', 'resource_link']);
    const [image] = data.images;
    expect(image?.path.startsWith(folder.path)).toBe(true);
    const again = await client.callTool({ name: 'get_image', arguments: { job_id: data.job_id } });
    expect(again.structuredContent).toMatchObject({ success: true, data: { images: [{ id: image?.id }] } });
    const { contents } = await client.readResource({ uri: `imagen://images/${image?.id}` });
    expect(contents).toMatchObject([{ mimeType: 'image/png' }]);
  });

  it.each([
    ['L06: an argument that no tool has', { prompt: 'a fox', provider_url: 'http://127.0.0.1/' }, 'provider_url'],
    ['L01: a place to write to', { prompt: 'a fox', output_path: '../../.ssh/authorized_keys' }, 'output_path'],
    ['L02: a file outside the folders', { prompt: 'a fox', reference_images: ['/proc/self/environ'] }, 'reference'],
    [
      'L03: an address inside the network',
      { prompt: 'a', reference_images: ['http://169.254.169.254/x'] },
      'reference',
    ],
    ['L07: a prompt of 12 MB', { prompt: 'x'.repeat(12_000_000) }, 'prompt'],
  ])('%s is refused, and the connection stays', async (_, args, word) => {
    await using folder = await temporaryFolder();
    const client = await connect(era, folder.path);
    const result = await client.callTool({ name: 'generate_image', arguments: args });
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toMatchObject({ success: false, data: { charged: 'no', job_id: null } });
    const text = JSON.stringify(result);
    expect(text).toContain(word);
    expect(text.length).toBeLessThan(4_000);
    expect((await client.listTools()).tools).toHaveLength(TOOL_NAMES.length);
  });

  it('L05: refuses what goes beyond --max-images', async () => {
    await using folder = await temporaryFolder();
    const client = await connect(era, folder.path, ['--max-images', '1']);
    const call = { name: 'generate_image', arguments: { prompt: 'a fox', size: '256x256' } };
    expect((await client.callTool(call)).isError).toBeFalsy();
    expect((await client.callTool(call)).structuredContent).toMatchObject({ data: { code: 'budget_exceeded' } });
  });
});

describe('the frames of imagen mcp', () => {
  it('L08: are all that is on standard output', async () => {
    await using folder = await temporaryFolder();
    const started = startRaw(folder.path);
    send(started, INITIALIZE, { method: 'notifications/initialized' }, generate(1), { id: 2, method: 'tools/list' });
    await answerTo(started, 1);
    await answerTo(started, 2);
    started.child.stdin.end();
    const { exit, stdout, stderr } = await started.ended;
    expect(exit, stderr).toBe(0);
    for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    expect(stderr).toContain('ready for an MCP client');
  });

  it('L08: are all that is on standard output after lines that are no frames, and the log has one line for each', async () => {
    await using folder = await temporaryFolder();
    const started = startRaw(folder.path);
    send(started, INITIALIZE, { method: 'notifications/initialized' });
    started.child.stdin.write('no frame\n\n[]\n{"jsonrpc":"2.0","secret-of-the-user":1}\n');
    send(started, { id: 2, method: 'tools/list' });
    await answerTo(started, 2);
    started.child.stdin.end();
    const { exit, stdout, stderr } = await started.ended;
    expect(exit, stderr).toBe(0);
    for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    expect(stderr).not.toContain('secret-of-the-user');
    expect(stderr.split('\n').filter((line) => line.includes('no message of the protocol'))).toHaveLength(2);
    expect(stderr.trimEnd().split('\n').length).toBeLessThan(8);
  });

  it('L07: that are too large end the connection, and running calls end first', async () => {
    await using folder = await temporaryFolder();
    const started = startRaw(folder.path);
    send(started, INITIALIZE);
    await answerTo(started, 0);
    started.child.stdin.on('error', () => undefined);
    started.child.stdin.write('x'.repeat(33 * 1024 * 1024));
    const { exit, stderr } = await started.ended;
    expect(exit, stderr).toBe(0);
    expect(stderr).toContain('exceeded maximum size');
  });

  it('L15: that arrive twice are one call; another id is another call', async () => {
    await using folder = await temporaryFolder();
    const started = startRaw(folder.path);
    send(started, INITIALIZE, { method: 'notifications/initialized' }, generate(1));
    const first = await answerTo(started, 1);
    const before = framesOf(started).length;
    send(started, generate(1));
    await until(() => framesOf(started).length > before, 20_000);
    const repeated = framesOf(started).at(-1)?.result;
    expect(repeated).toMatchObject({
      structuredContent: { data: { job_id: first.structuredContent.data.job_id, cost_usd: 0 } },
    });
    send(started, generate(2));
    const other = await answerTo(started, 2);
    expect(other.structuredContent.data.job_id).not.toBe(first.structuredContent.data.job_id);
    started.child.stdin.end();
    await started.ended;
    const images = await listImages(join(folder.path, 'store'));
    expect(images).toHaveLength(2);
  });

  it('L12: describe the tools in the same words each time', async () => {
    await using folder = await temporaryFolder();
    const texts: string[] = [];
    for (const env of [STUB, { OPENAI_API_KEY: 'sk-test-0123456789abcdefghij', FAL_KEY: 'k'.repeat(30) }]) {
      const started = startRaw(folder.path, [], env);
      send(started, INITIALIZE, { method: 'notifications/initialized' }, { id: 2, method: 'tools/list' });
      texts.push(JSON.stringify(await answerTo(started, 2)));
      started.child.stdin.end();
      await started.ended;
    }
    expect(texts[1]).toBe(texts[0]);
  });
});

describe('imagen mcp does not start', () => {
  it('without a provider, and says which variable to set', async () => {
    await using folder = await temporaryFolder();
    const { exit, stdout, stderr } = await startRaw(folder.path, [], {}).ended;
    expect(exit).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain('no API key is set, so the MCP server can generate nothing');
    expect(stderr).toContain('AI_IMAGE_PROVIDER=stub');
  });

  it('when the store cannot be written', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'store'), 'a file in its place');
    const { exit, stdout, stderr } = await startRaw(folder.path).ended;
    expect(exit).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(join(folder.path, 'store'));
  });

  it('L08: when a usage sink writes to standard output', async () => {
    await using folder = await temporaryFolder();
    const config = join(folder.path, 'imagen.yaml');
    await writeFile(config, 'usage:\n  sinks:\n    - type: jsonl\n      stream: stdout\n');
    const { exit, stdout, stderr } = await startRaw(folder.path, ['--config', config]).ended;
    expect(exit).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('standard output');
  });

  it('with --json, whose document would stand between the frames', async () => {
    await using folder = await temporaryFolder();
    const { exit, stderr } = await startRaw(folder.path, ['--json']).ended;
    expect(exit).toBe(2);
    expect(stderr).toContain('Remove --json');
  });
});

describe('imagen mcp ends', () => {
  it('with 0 when its input is closed', async () => {
    await using folder = await temporaryFolder();
    const started = startRaw(folder.path);
    await until(() => started.text.stderr.includes('ready'), 20_000);
    started.child.stdin.end();
    expect((await started.ended).exit).toBe(0);
  });

  it('with 0 after a signal', async () => {
    await using folder = await temporaryFolder();
    const started = startRaw(folder.path);
    await until(() => started.text.stderr.includes('ready'), 20_000);
    started.child.kill('SIGTERM');
    expect((await started.ended).exit).toBe(0);
  });
});

async function listImages(store: string): Promise<readonly string[]> {
  const names = await readdir(store, { recursive: true });
  return names.filter((name) => name.endsWith('.png') && !name.includes('.ai-image'));
}
