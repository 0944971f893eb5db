import { createImageManager, createProvider } from '@org/ai-image';

const manager = createImageManager({
  providers: {
    openai: createProvider('openai', { apiKey: 'sk-not-used-for-a-plan' }),
    recraft: createProvider('recraft', { apiKey: 'not-used-either' }),
  },
});

// plan() sends nothing.
const { candidates, refused } = await manager.plan({
  prompt: 'a poster with the words "Winter Fair"',
  metadata: { intent: 'typography' },
});
for (const { provider, model, plan, reasons } of candidates) console.log(provider, model, plan.price.usd, reasons);
console.log(refused.length);
