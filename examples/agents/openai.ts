import { createImageManager } from '@org/ai-image';
import { createStore } from '@org/ai-image/store';
import { createImageTools, toOpenAiTool } from '@org/ai-image/tool';
import OpenAI from 'openai';

const store = createStore({ directory: 'images' });
const manager = createImageManager({ providers: { stub: 'stub' }, store });
const tools = createImageTools({ manager, store, maxUsd: 2 });

const openai = new OpenAI(); // reads OPENAI_API_KEY
let input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'Make an image of a red fox in the snow.' }];
let previous: string | null = null;

while (input.length > 0) {
  const response: OpenAI.Responses.Response = await openai.responses.create({
    model: 'gpt-5-mini',
    input,
    previous_response_id: previous,
    tools: tools.tools.map(toOpenAiTool),
  });
  previous = response.id;
  input = [];
  for (const call of response.output) {
    if (call.type !== 'function_call') continue;
    const result = await tools.call(call.name, JSON.parse(call.arguments), { callId: call.call_id });
    input.push({ type: 'function_call_output', call_id: call.call_id, output: JSON.stringify(result) });
  }
  console.log(response.output_text);
}

await tools.close();
await manager.close();
await store.close();
