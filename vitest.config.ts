import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Test files that replace or spy on modules, or need a page, and so need modules of their own. */
const OWN_MODULES = ['test/manager/resolve-once.test.ts', 'test/react/*.test.tsx'];

export default defineConfig({
  resolve: {
    alias: [
      { find: '#platform', replacement: source('./src/transport/platform/node.ts') },
      { find: /^@org\/ai-image$/, replacement: source('./src/index.ts') },
      {
        find: /^@org\/ai-image\/(store|manager|config|testing|queue|usage|client|react|tool)$/,
        replacement: `${source('./src')}/$1/index.ts`,
      },
      { find: /^@org\/ai-image\/(server|mcp)$/, replacement: `${source('./src/apps')}/$1/index.ts` },
      { find: /^@org\/ai-image\/ai-sdk$/, replacement: source('./src/integrations/ai-sdk/index.ts') },
    ],
  },
  test: {
    // Without `include` here: a project adds its list to this one.
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['test/heavy/**', ...OWN_MODULES],
        },
      },
      { extends: true, test: { name: 'own', include: OWN_MODULES, isolate: true } },
    ],
    globalSetup: ['test/support/temporary-root.ts'],
    setupFiles: ['test/support/plain-zod.ts'],
    // Far beyond what any test takes: a time-out finds a test that hangs, not a machine that is busy.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    pool: 'forks',
    // Most tests wait for sockets, timers and child processes, so twice as many workers as cores keep the cores busy.
    maxWorkers: Math.min(2 * availableParallelism(), 8),
    // The files of a worker share their modules, because loading the library and zod for each of 230 files takes longer than most of
    // their tests. So no shared module may register hooks when it is loaded; test/architecture/shared-modules.test.ts checks it.
    isolate: false,
    // Of tests marked `concurrent`, in one file: they wait for servers and timers of their own.
    maxConcurrency: 10,
  },
});
