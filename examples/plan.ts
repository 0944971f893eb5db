import { createProvider } from '@org/ai-image';

const provider = createProvider('openai', { apiKey: 'sk-not-used-for-a-plan' });

// No call is made: this is what would be sent, changed, refused and charged.
const { requests, refusals, price } = await provider.plan({ prompt: 'a lighthouse', size: 'landscape', seed: 7 });

console.log(requests.length, refusals[0]?.message, refusals[0]?.hint, price.basis);
