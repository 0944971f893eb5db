import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig, type Options } from 'tsup';
import { registry } from './src/providers/registry.ts';

/** One entry per provider, derived from the registry, so that importing one pulls no other. */
const providers = Object.fromEntries(
  Object.keys(registry).map((id) => [`providers/${id}`, `src/providers/${id}/index.ts`]),
);

/**
 * Files that re-export the entries, all in one folder. tsup's plugin for types makes a program of the compiler for each folder of entries,
 * which took 4 GB of memory for 32 of them. With two programs it takes 0.6 GB.
 */
const TYPES_FOLDER = '.cache/types';

async function createTypeEntries(entry: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  await mkdir(TYPES_FOLDER, { recursive: true });
  return Object.fromEntries(
    await Promise.all(
      Object.entries(entry).map(async ([name, path]) => {
        const file = join(TYPES_FOLDER, `${name.replaceAll('/', '-')}.ts`);
        await writeFile(file, `export * from '../../${path}';\n`);
        return [name, file] as const;
      }),
    ),
  );
}

/** Also what tests measure. */
export const library = {
  name: 'library',
  entry: {
    index: 'src/index.ts',
    manager: 'src/manager/index.ts',
    store: 'src/store/index.ts',
    queue: 'src/queue/index.ts',
    usage: 'src/usage/index.ts',
    server: 'src/apps/server/index.ts',
    client: 'src/client/index.ts',
    react: 'src/react/index.ts',
    tool: 'src/tool/index.ts',
    mcp: 'src/apps/mcp/index.ts',
    'ai-sdk': 'src/integrations/ai-sdk/index.ts',
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
  noExternal: [/^(?!@trustnxt\/|@contentauth\/|pg$|sharp$)/],
  banner: { js: '#!/usr/bin/env node' },
  esbuildOptions(options) {
    options.alias = {
      '#platform': './src/transport/platform/node.ts',
      // Its build for Node is none of modules, and asks for `process` in a way that a bundle of modules does not have.
      yaml: './node_modules/yaml/browser/index.js',
    };
  },
} satisfies Options;

/** Also what tests look for. */
export const NOTICES = 'THIRD_PARTY_NOTICES.txt';
const PACKAGE = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//;

/** Writes the licences of all packages whose code is in the output beside it: their terms ask for that. */
const withNotices = (options: Options): Options => ({
  ...options,
  esbuildPlugins: [
    {
      name: 'notices',
      setup: ({ onEnd }) =>
        onEnd(async ({ metafile }) => {
          const inputs = Object.values(metafile?.outputs ?? {}).flatMap((output) => Object.entries(output.inputs));
          const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0);
          const names = new Set(used.flatMap(([path]) => PACKAGE.exec(path)?.[1] ?? []));
          const outDir = options.outDir ?? 'dist';
          await mkdir(outDir, { recursive: true });
          await writeFile(join(outDir, NOTICES), await noticesOf([...names].sort()));
        }),
    },
  ],
});

async function noticesOf(names: readonly string[]): Promise<string> {
  const intro = 'The files in this folder contain code of these packages, under the licences below.\n';
  return [intro, ...(await Promise.all(names.map(noticeOf)))].join(`\n${'-'.repeat(80)}\n\n`);
}

/** @throws Error the package has no file with its licence, so its code must not be in the output */
async function noticeOf(name: string): Promise<string> {
  const folder = join('node_modules', name);
  const { version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const files = (await readdir(folder)).filter((file) => /^(?:licen[cs]e|copying|notice)(?:$|[.-])/i.test(file)).sort();
  if (files.length === 0)
    throw new Error(`${name} is bundled and has no licence file: write its terms into ${NOTICES}`);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return [`${name} ${version} (${license})\n`, ...texts.map((text) => text.replaceAll('\r\n', '\n').trim())]
    .join('\n')
    .concat('\n');
}

export default defineConfig(async () => {
  const withTypes: Options = { ...library, dts: { entry: await createTypeEntries(library.entry) } };
  return [withTypes, commandLine].map(withNotices);
});
