import { createImageManager } from '@org/ai-image';
import { fromAiSdk } from '@org/ai-image/ai-sdk';
import { model } from './model.ts';

// The price is the caller's: the AI SDK knows none, and a budget refuses a model without a price.
const demo = fromAiSdk(model, { pricing: { images: [{ usd: 0.02 }], source: 'the price list of the vendor' } });
const manager = createImageManager({ providers: { demo }, budget: { perDayUsd: 5 } });

const { images, cost } = await manager.generate({ prompt: 'a red fox', n: 3, size: '256x256' });
console.log(images.length, cost.usd);
await manager.close();
