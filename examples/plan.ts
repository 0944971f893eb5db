import { createProvider } from '@org/ai-image';

const provider = createProvider('openai', { apiKey: 'sk-not-used-for-a-plan' });

// plan() sends nothing. It returns what generate() would send, change, refuse and cost.
const { requests, refusals, price } = await provider.plan({ prompt: 'a lighthouse', size: 'landscape', seed: 7 });

console.log(requests.length, refusals[0]?.message, refusals[0]?.hint, price.basis);
