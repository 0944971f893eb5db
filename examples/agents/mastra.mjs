import { Agent } from '@mastra/core/agent';
import { createTool } from '@mastra/core/tools';
import { createImageManager } from '@org/ai-image';
import { createStore } from '@org/ai-image/store';
import { createImageTools } from '@org/ai-image/tool';

const store = createStore({ directory: 'images' });
const manager = createImageManager({ providers: { stub: 'stub' }, store });
const tools = createImageTools({ manager, store, maxUsd: 2 });

const imageTools = tools.tools.map(({ name, description, parameters, execute }) => {
  const tool = createTool({
    id: name,
    description,
    inputSchema: parameters,
    execute: (args, { agent, abortSignal }) =>
      execute(args, { callId: agent?.toolCallId, conversation_id: agent?.threadId, signal: abortSignal }),
  });
  return [name, tool];
});

const agent = new Agent({
  id: 'artist',
  name: 'Artist',
  instructions: 'You make images with the tools.',
  model: { id: 'openai/gpt-5-mini', url: process.env.OPENAI_BASE_URL, apiKey: process.env.OPENAI_API_KEY },
  tools: Object.fromEntries(imageTools),
});
const { text } = await agent.generate('Make an image of a red fox in the snow.');
console.log(text);

await tools.close();
await manager.close();
await store.close();
