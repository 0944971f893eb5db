import { defineConfig, type Options } from 'tsup';
import { registry } from './src/providers/registry.ts';

/** One entry per provider, derived from the registry, so that importing one pulls no other. */
const providers = Object.fromEntries(
  Object.keys(registry).map((id) => [`providers/${id}`, `src/providers/${id}/index.ts`]),
);

/** Also what tests measure. */
export const library = {
  name: 'library',
  entry: {
    index: 'src/index.ts',
    manager: 'src/manager/index.ts',
    store: 'src/store/index.ts',
    config: 'src/config/index.ts',
    otel: 'src/integrations/otel.ts',
    transport: 'src/transport/index.ts',
    'transport/platform/node': 'src/transport/platform/node.ts',
    'transport/platform/web': 'src/transport/platform/web.ts',
    testing: 'src/testing/index.ts',
    governance: 'src/governance/index.ts',
    ...providers,
  },
  format: 'esm',
  target: 'es2023',
  platform: 'neutral',
  dts: true,
  splitting: true,
  // Without it `node:sqlite` would be a package that nobody has.
  removeNodeProtocol: false,
  // Which platform it is, is found out where the package is used: see `imports` in package.json.
  external: ['#platform', /^node:/],
  // Only the part that is used, as one chunk: why, and what it costs, is in docs/decisions/0011-bundle-zod-into-dist.md. `yaml` is for `config` alone.
  // aws4fetch signs requests to AWS and to buckets: a chunk that only those load, so that no bundler looks for a package.
  noExternal: [/^zod\b/, 'yaml', 'aws4fetch'],
} satisfies Options;

/** Also what tests start, from the source as it is. */
export const commandLine = {
  name: 'command line',
  entry: { imagen: 'src/apps/cli/main.ts' },
  outDir: 'dist/cli',
  format: 'esm',
  target: 'node22',
  platform: 'node',
  splitting: true,
  removeNodeProtocol: false,
  // A missing dependency must never keep the command from starting: everything is inside but what only some install and is loaded late.
  noExternal: [/^(?!@trustnxt\/|@contentauth\/|pg$)/],
  banner: { js: '#!/usr/bin/env node' },
  esbuildOptions(options) {
    options.alias = {
      '#platform': './src/transport/platform/node.ts',
      // Its build for Node is none of modules, and asks for `process` in a way that a bundle of modules does not have.
      yaml: './node_modules/yaml/browser/index.js',
    };
  },
} satisfies Options;

export default defineConfig([library, commandLine]);
