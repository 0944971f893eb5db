import { type Content, GoogleGenAI } from '@google/genai';
import { createImageManager } from '@org/ai-image';
import { createStore } from '@org/ai-image/store';
import { createImageTools, toGeminiTool } from '@org/ai-image/tool';

const store = createStore({ directory: 'images' });
const manager = createImageManager({ providers: { stub: 'stub' }, store });
const tools = createImageTools({ manager, store, maxUsd: 2 });

const gemini = new GoogleGenAI({}); // reads GEMINI_API_KEY
const conversation = crypto.randomUUID();
const contents: Content[] = [{ role: 'user', parts: [{ text: 'Make an image of a red fox in the snow.' }] }];

for (let turn = 1; ; turn += 1) {
  const response = await gemini.models.generateContent({
    model: 'gemini-3-flash',
    contents,
    config: { tools: [{ functionDeclarations: tools.tools.map(toGeminiTool) }] },
  });
  const calls = response.functionCalls ?? [];
  if (calls.length === 0) {
    console.log(response.text);
    break;
  }
  const answers = calls.map(async ({ id, name = '', args }, index) => {
    // Some models send no id: then the place of the call in the conversation is one.
    const callId = id ?? `${conversation}-${turn}-${index}`;
    const result = await tools.call(name, args, { callId, conversation_id: conversation });
    return { functionResponse: { ...(id !== undefined && { id }), name, response: { ...result } } };
  });
  contents.push(response.candidates?.[0]?.content ?? {}, { role: 'user', parts: await Promise.all(answers) });
}

await tools.close();
await manager.close();
await store.close();
