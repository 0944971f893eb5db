import { openAI } from '@genkit-ai/compat-oai/openai';
import { createImageManager } from '@org/ai-image';
import { createStore } from '@org/ai-image/store';
import { createImageTools } from '@org/ai-image/tool';
import { genkit } from 'genkit';

const store = createStore({ directory: 'images' });
const manager = createImageManager({ providers: { stub: 'stub' }, store });
const tools = createImageTools({ manager, store, maxUsd: 2 });

const ai = genkit({ plugins: [openAI()] }); // reads OPENAI_API_KEY
const imageTools = tools.tools.map(({ name, description, parameters, execute }) =>
  ai.defineTool({ name, description, inputJsonSchema: parameters }, (args) => execute(args)),
);

// Genkit gives a tool no id of its call. With `returnToolRequests`, the app calls the tools itself and passes the id.
const request = { model: openAI.model('gpt-5-mini'), tools: imageTools, returnToolRequests: true };
let response = await ai.generate({ ...request, prompt: 'Make an image of a red fox in the snow.' });
while (response.toolRequests.length > 0) {
  const content = [];
  for (const { toolRequest } of response.toolRequests) {
    const { name, ref, input } = toolRequest;
    content.push({ toolResponse: { name, ref, output: await tools.call(name, input, { callId: ref }) } });
  }
  response = await ai.generate({ ...request, messages: [...response.messages, { role: 'tool', content }] });
}
console.log(response.text);

await tools.close();
await manager.close();
await store.close();
