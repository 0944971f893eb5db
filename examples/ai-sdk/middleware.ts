import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imagenMiddleware } from '@org/ai-image/ai-sdk';
import { createStore } from '@org/ai-image/store';
import { generateImage, wrapImageModel } from 'ai';
import { model } from './model.ts';

// In an app, use a permanent directory such as 'images'.
const store = createStore({ directory: await mkdtemp(join(tmpdir(), 'images-')) });
const middleware = imagenMiddleware({
  store,
  budget: { perDayUsd: 5 },
  card: { pricing: { images: [{ usd: 0.02 }], source: 'the price list of the vendor' } },
});
const wrapped = wrapImageModel({ model, middleware });

const { image } = await generateImage({ model: wrapped, prompt: 'a red fox', size: '256x256' });
console.log(image.providerMetadata?.['ai-image']?.path);
await store.close();
