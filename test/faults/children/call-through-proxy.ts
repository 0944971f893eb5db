/** Makes one call through the proxy of the environment. Prints the error with every property that can be reached from it. */
import { inspect } from 'node:util';
import { createProvider } from '../../../src/index.ts';

const provider = createProvider('openai', {
  apiKey: 'sk-test-0123456789abcdef',
  baseUrl: 'http://10.255.255.1/v1', // a private address that is never connected to; the proxy is
  deadlineMs: 3_000,
});

await provider.generate({ prompt: 'a lighthouse' }).catch((error: object) => {
  process.stdout.write(JSON.stringify({ ...JSON.parse(JSON.stringify(error)), whole: inspect(error, { depth: 9 }) }));
});
