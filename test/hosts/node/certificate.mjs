/** Connects to a server whose certificate comes from an authority that only the company knows. */
import { createOpenAI } from '@org/ai-image/providers/openai';

const openai = createOpenAI({ apiKey: 'sk-test-0123456789abcdef', baseUrl: JSON.parse(process.env.BASE_URLS).https });
const report = await openai.generateImage('a boat').then(
  ({ format }) => ({ format }),
  ({ code, charged, hint }) => ({ code, charged, hint }),
);
console.log(JSON.stringify(report));
