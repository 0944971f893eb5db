/** Shared by the tests of the MCP server: tools that only record their calls, and clients of both eras. */
import { Client, type ClientOptions, InMemoryTransport } from '@modelcontextprotocol/client';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { afterAll } from 'vitest';
import { createImagenMcp, type ImagenMcpSettings } from '../../../src/apps/mcp/index.ts';
import type { Store } from '../../../src/store/index.ts';
import type { ImageTool, ImageTools, ToolCallContext, ToolResult } from '../../../src/tool/index.ts';

export const ERAS = ['legacy', 'auto'] as const;
export type Era = (typeof ERAS)[number];

export interface RecordedCall {
  readonly args: unknown;
  readonly context: ToolCallContext;
}

export interface FakeTools extends ImageTools {
  readonly calls: RecordedCall[];
}

/** A tool `generate_image` that answers with what `answer` returns. */
export function createFakeTools(
  answer: (call: RecordedCall) => ToolResult | Promise<ToolResult>,
  preview: ImageTools['preview'] = async () => undefined,
): FakeTools {
  const calls: RecordedCall[] = [];
  const tool: ImageTool = {
    ...{ name: 'generate_image', title: 'Generate images', description: 'Generates images.' },
    parameters: {
      type: 'object',
      properties: { prompt: { type: 'string' }, confirm_cost_usd: { type: 'number' } },
      required: ['prompt'],
      additionalProperties: false,
    },
    output: { type: 'object', properties: { success: { type: 'boolean' } }, required: ['success'] },
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
    async execute(args, context = {}) {
      const call = { args, context };
      calls.push(call);
      return answer(call);
    },
  };
  return {
    ...{ calls, tools: [tool], preview },
    call: (_, args, context) => tool.execute(args, context),
    manifest: async () => [],
    close: async () => undefined,
  };
}

export const imageOf = (id: string) => ({
  ...{ id, mime: 'image/png', path: `/images/${id}.png`, url: null, uri: `imagen://images/${id}` },
  ...{ width: 1024, height: 1024 },
});

export const done = (...ids: string[]): ToolResult => ({
  success: true,
  data: {
    ...{ status: 'done', images: ids.map(imageOf), provider: 'stub', model: 'stub-1', timing_ms: 5 },
    cost_estimate: { estimated_usd: 0, per_image_usd: 0, model: 'stub-1', size: null },
    ...{ cost_usd: 0, job_id: 'job-1', warnings: [] },
  },
});

/** A store without images. */
export const EMPTY_STORE = { get: fail, open: fail } as unknown as Store;

function fail(): never {
  throw new Error('the test has no images');
}

const open: (() => Promise<void>)[] = [];

/** Connects a client with a server as over stdio. Connections are closed when the tests of the file are done. */
export function mcpConnections() {
  afterAll(async () => {
    await Promise.all(open.splice(0).map((close) => close()));
  });
  return async (
    settings: Partial<ImagenMcpSettings> & Pick<ImagenMcpSettings, 'tools'>,
    era: Era,
    options: ClientOptions = {},
  ) => {
    const mcp = createImagenMcp({ store: EMPTY_STORE, ...settings });
    const [ofClient, ofServer] = InMemoryTransport.createLinkedPair();
    const handle = serveStdio(mcp.factory, { transport: ofServer as never });
    const client = createClient(era, options);
    open.push(async () => {
      await client.close();
      await handle.close();
      await mcp.close();
    });
    return { client, mcp, connect: () => client.connect(ofClient) };
  };
}

export const createClient = (era: Era, options: ClientOptions = {}): Client =>
  new Client({ name: 'test', version: '1.0.0' }, { ...options, versionNegotiation: { mode: era } });
