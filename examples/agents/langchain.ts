import { type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { createImageManager } from '@org/ai-image';
import { createStore } from '@org/ai-image/store';
import { createImageTools, langchainTool } from '@org/ai-image/tool';

const store = createStore({ directory: 'images' });
const manager = createImageManager({ providers: { stub: 'stub' }, store });
const tools = createImageTools({ manager, store, maxUsd: 2 });

const imageTools = tools.tools.map((each) => langchainTool(tool, each));
const model = new ChatOpenAI({ model: 'gpt-5-mini' }).bindTools(imageTools); // reads OPENAI_API_KEY
const messages: BaseMessage[] = [new HumanMessage('Make an image of a red fox in the snow.')];

for (let isDone = false; !isDone; ) {
  const answer = await model.invoke(messages);
  messages.push(answer);
  for (const call of answer.tool_calls ?? []) {
    const found = imageTools.find(({ name }) => name === call.name);
    const message: unknown = await found?.invoke({ ...call, type: 'tool_call' });
    if (ToolMessage.isInstance(message)) messages.push(message); // `message.artifact` has the images for your app
  }
  isDone = answer.tool_calls?.length === 0;
  if (isDone) console.log(answer.text);
}

await tools.close();
await manager.close();
await store.close();
