/** Calls a tool of LangChain three times with one id and once with another. Prints what was paid for, and the ids of the images. */
import { tool } from '@langchain/core/tools';
import { createImageManager, StubProvider } from '@org/ai-image';
import { createStore } from '@org/ai-image/store';
import { createImageTools, langchainTool } from '@org/ai-image/tool';

const stub = new StubProvider();
const store = createStore({ directory: 'images' });
const manager = createImageManager({ providers: { stub }, store });
const tools = createImageTools({ manager, store });
const generateImage = langchainTool(tool, tools.tools[0]);

const ids = [];
for (const id of ['call-1-of-an-agent', 'call-1-of-an-agent', 'call-1-of-an-agent', 'call-2-of-an-agent']) {
  const args = { prompt: 'a red fox', size: '64x64' };
  const message = await generateImage.invoke({ type: 'tool_call', id, name: 'generate_image', args });
  ids.push(message.artifact[0].image_id);
}
await tools.close();
await manager.close();
await store.close();
console.log(JSON.stringify({ bills: stub.calls.length, images: new Set(ids).size, answers: ids.length }));
