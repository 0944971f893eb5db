import { createImageManager } from '@org/ai-image';
import { createStore } from '@org/ai-image/store';
import {
  createImageTools,
  type GeneratedData,
  lastImage,
  type ToolResult,
  toAssistantMessage,
  toOpenAiPart,
  toReference,
} from '@org/ai-image/tool';

const store = createStore({ directory: 'images' });
const manager = createImageManager({ providers: { stub: 'stub' }, store });
const tools = createImageTools({ manager, store });

const prompt = 'a red fox in the snow';
const result = (await tools.call('generate_image', { prompt, size: '512x512' })) as ToolResult<GeneratedData>;
if (!result.success) throw new Error(result.error);
const { images, provider, model } = result.data;

// For the history of your app: ids and paths, no bytes.
const messages = [toAssistantMessage('Here is the fox.', images, { prompt, provider, model })];
console.log(JSON.stringify(messages));

// For a model that can see: a preview of at most 1024 pixels.
const preview = await tools.preview(images[0]?.id ?? '');
if (preview) console.log(toOpenAiPart(preview).image_url.slice(0, 30));

// "Edit the last one": the image, from messages of any vendor or framework.
const image = toReference(lastImage(messages) ?? {});
const edited = await tools.call('edit_image', { image, prompt: 'add a red scarf' });
console.log(edited.success);

await tools.close();
await manager.close();
await store.close();
