import { StubProvider, setProvider } from '@org/ai-image';

/** Next.js calls it once in each runtime, before the first request. */
export function register() {
  const stub = new StubProvider();
  setProvider({
    generateImage: async (prompt, params) => ({ ...(await stub.generateImage(prompt, params)), model: 'instrumented' }),
  });
}
