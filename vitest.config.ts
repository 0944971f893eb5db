import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: '#platform', replacement: source('./src/transport/platform/node.ts') },
      { find: /^@org\/ai-image$/, replacement: source('./src/index.ts') },
      { find: /^@org\/ai-image\/(store|manager|config)$/, replacement: `${source('./src')}/$1/index.ts` },
    ],
  },
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    exclude: ['test/heavy/**'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
