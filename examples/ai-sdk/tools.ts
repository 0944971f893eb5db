import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createImageManager, createProvider } from '@org/ai-image';
import { imageToolSet } from '@org/ai-image/ai-sdk';
import { createStore } from '@org/ai-image/store';
import { createImageTools } from '@org/ai-image/tool';
import { generateText, isStepCount } from 'ai';
import { languageModel } from './language-model.ts';

// In an app, use a permanent directory such as 'images'.
const store = createStore({ directory: await mkdtemp(join(tmpdir(), 'images-')) });
const manager = createImageManager({ providers: { stub: createProvider('stub') }, store });
const imageTools = createImageTools({ manager, store });

const { text } = await generateText({
  model: languageModel, // for example openai('gpt-5')
  prompt: 'Show me a red fox.',
  tools: imageToolSet(imageTools, { conversationId: 'chat-7' }),
  stopWhen: isStepCount(5),
});

console.log(text);
for (const { path } of await store.search({ text: 'fox' })) console.log(path);
await imageTools.close();
await manager.close();
await store.close();
