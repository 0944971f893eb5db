/** What becomes of a call of imagen mcp when the client leaves: it is paid for, so its images must be found. */
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, describe, expect, it } from 'vitest';
import { closeServers, until } from '../../../faults/hostile-server.ts';
import { FARM, openJobVendor } from '../job-vendor.ts';
import { bundleImagen, type Started } from '../process-support.ts';
import { temporaryFolder } from '../support.ts';

const LIMIT_MS = 20_000;
const { start, stop } = await bundleImagen();
const started: Started[] = [];
afterAll(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  await closeServers();
  await stop();
});

const frame = (id: number, name: string, args: object) => ({
  ...{ jsonrpc: '2.0', id, method: 'tools/call' },
  params: { name, arguments: args },
});
const GENERATE = frame(1, 'generate_image', { prompt: 'a fox', wait_seconds: 0 });

/** A session of imagen mcp with a vendor that has jobs. */
function startSession(folder: string, flags: readonly string[]) {
  const session = start(['mcp', '--store', join(folder, 'store'), ...flags], folder, FARM);
  started.push(session);
  const send = (...frames: readonly object[]) =>
    session.child.stdin.write(frames.map((each) => `${JSON.stringify(each)}\n`).join(''));
  send({
    ...{ jsonrpc: '2.0', id: 0, method: 'initialize' },
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  });
  const answerTo = async (id: number) => {
    const lines = () => session.text.stdout.split('\n').filter((line) => line.startsWith('{'));
    const find = () => lines().find((line) => line.includes(`"id":${id}`) && line.endsWith('}'));
    await until(() => find() !== undefined, LIMIT_MS);
    const { result } = JSON.parse(find() ?? '{}') as { result: { structuredContent: Answer } };
    return result.structuredContent;
  };
  return { ...session, send, answerTo };
}

interface Answer {
  readonly success: boolean;
  readonly data: {
    readonly status: string;
    readonly job_id: string;
    readonly images: readonly { readonly id: string }[];
  };
}

describe('a call that runs when the client leaves', () => {
  it('is waited for, and the next session finds its image: one bill', async () => {
    await using folder = await temporaryFolder();
    const vendor = await openJobVendor();
    const flags = await vendor.flags(folder.path);
    const first = startSession(folder.path, flags);
    first.send(GENERATE);
    const { data } = await first.answerTo(1);
    expect(data.status).toBe('running');
    await until(() => vendor.polls() > 0, LIMIT_MS);
    first.child.stdin.end();
    await until(() => first.text.stderr.includes('the client has left'), LIMIT_MS);
    vendor.set('succeeded');
    expect((await first.ended).exit).toBe(0);

    const second = startSession(folder.path, flags);
    second.send(frame(1, 'get_image', { job_id: data.job_id }));
    const found = await second.answerTo(1);
    expect(found.data.images).toHaveLength(1);
    expect(vendor.submits()).toBe(1);
    expect(vendor.cancels()).toBe(0);
  });

  it('is fetched by the next session after the process was killed: one bill', async () => {
    await using folder = await temporaryFolder();
    const vendor = await openJobVendor();
    const flags = await vendor.flags(folder.path);
    const first = startSession(folder.path, flags);
    first.send(GENERATE);
    const { data } = await first.answerTo(1);
    await until(() => vendor.polls() > 0, LIMIT_MS);
    first.child.kill('SIGKILL');
    await first.ended;
    vendor.set('succeeded');

    const second = startSession(folder.path, flags);
    second.send(frame(1, 'get_image', { job_id: data.job_id, wait_seconds: 30 }));
    const found = await second.answerTo(1);
    expect(found, JSON.stringify(found)).toMatchObject({ success: true, data: { images: [{}] } });
    expect(vendor.submits()).toBe(1);
  });

  it('ends the process at once after a second signal, without a cancel at the vendor', async () => {
    await using folder = await temporaryFolder();
    const vendor = await openJobVendor();
    const session = startSession(folder.path, await vendor.flags(folder.path));
    session.send(GENERATE);
    await session.answerTo(1);
    await until(() => vendor.polls() > 0, LIMIT_MS);
    session.child.kill('SIGTERM');
    await until(() => session.text.stderr.includes('stopping'), LIMIT_MS);
    session.child.kill('SIGTERM');
    expect((await session.ended).exit).toBe(143);
    expect(vendor.cancels()).toBe(0);
  });
});

describe('imagen serve', () => {
  it('answers agents at /mcp', async () => {
    await using folder = await temporaryFolder();
    const env = { AI_IMAGE_PROVIDER: 'stub' };
    const server = start(['serve', '--port', '0', '--quiet', '--store', join(folder.path, 'store')], folder.path, env);
    started.push(server);
    await until(() => server.text.stdout.includes('\n'), LIMIT_MS);
    const [, url = '', token] = /^(http:\S+)\/#token=(\S+)/.exec(server.text.stdout) ?? [];
    const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
    const args = { prompt: 'a fox', size: '256x256' };
    const { structuredContent } = await client.callTool({ name: 'generate_image', arguments: args });
    expect(structuredContent).toMatchObject({ success: true });
    await client.close();
  });
});
