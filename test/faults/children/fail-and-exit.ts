/** Makes one call that fails. Afterwards the process must exit by itself. */
import { createProvider } from '../../../src/index.ts';

const { BASE_URL, API_KEY } = process.env;
const provider = createProvider('openai', { apiKey: API_KEY, baseUrl: BASE_URL });

await provider.generate({ prompt: 'a lighthouse', n: 3 }).catch(({ code }: { code: string }) => {
  process.stdout.write(code);
});
