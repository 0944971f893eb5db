import Anthropic from '@anthropic-ai/sdk';
import { createImageManager } from '@org/ai-image';
import { createStore } from '@org/ai-image/store';
import { createImageTools, toAnthropicTool } from '@org/ai-image/tool';

const store = createStore({ directory: 'images' });
const manager = createImageManager({ providers: { stub: 'stub' }, store });
const tools = createImageTools({ manager, store, maxUsd: 2 });

const anthropic = new Anthropic(); // reads ANTHROPIC_API_KEY
const messages = [{ role: 'user', content: 'Make an image of a red fox in the snow.' }];

for (let isDone = false; !isDone; ) {
  const response = await anthropic.messages.create({
    model: 'claude-sonnet-5',
    max_tokens: 2_000,
    messages,
    tools: tools.tools.map(toAnthropicTool),
  });
  messages.push({ role: 'assistant', content: response.content });
  const results = [];
  for (const call of response.content.filter(({ type }) => type === 'tool_use')) {
    const result = await tools.call(call.name, call.input, { callId: call.id });
    const content = JSON.stringify(result);
    results.push({ type: 'tool_result', tool_use_id: call.id, content, is_error: !result.success });
  }
  isDone = results.length === 0;
  if (isDone) console.log(response.content.find(({ type }) => type === 'text')?.text);
  else messages.push({ role: 'user', content: results });
}

await tools.close();
await manager.close();
await store.close();
