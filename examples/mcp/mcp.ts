import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createImageManager, StubProvider } from '@org/ai-image';
import { createImagenMcp } from '@org/ai-image/mcp';
import { createStore } from '@org/ai-image/store';
import { createImageTools } from '@org/ai-image/tool';

// In an app, use a permanent directory such as 'images'.
const store = createStore({ directory: await mkdtemp(join(tmpdir(), 'images-')) });
const manager = createImageManager({ providers: { stub: new StubProvider() }, store });
const tools = createImageTools({ manager, store, maxUsd: 2, roots: ['photos'] });
const mcp = createImagenMcp({ tools, store });

// For HTTP, in any runtime. Over standard input and output: serveStdio(mcp.factory), of '@modelcontextprotocol/server/stdio'.
const answer = mcp.handler();

const reply = await answer(
  new Request('http://127.0.0.1/mcp', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  }),
);
console.log(reply.status, (await reply.text()).includes('generate_image')); // 200 true

await tools.close();
await manager.close();
await store.close();
