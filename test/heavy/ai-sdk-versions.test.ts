/**
 * The newest `ai` and the previous major, installed from the registry: what docs/ai-sdk.md says of versions, at run time and for TypeScript. A version
 * that cannot be installed here is skipped with the reason.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const INSTALL = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
const NOT_HERE = /code (E404|ETARGET|ENOTCACHED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET)\b/;

interface Version {
  readonly name: string;
  readonly packages: readonly string[];
  /** The expression of a model for `generateImage`. */
  readonly toModel: string;
  /** The version of the models that its packages make. */
  readonly mock: 'V3' | 'V4';
  readonly stop: string;
  /** The second argument of `imageToolSet`. */
  readonly previews: string;
}

const VERSIONS: readonly Version[] = [
  {
    name: 'the newest',
    packages: ['ai@latest', '@ai-sdk/provider@latest'],
    toModel: 'imagen("stub")',
    mock: 'V4',
    stop: 'isStepCount',
    previews: '{}',
  },
  {
    name: 'the previous major',
    packages: ['ai@6', '@ai-sdk/provider@3'],
    toModel: 'toImageModelV3(imagen("stub"))',
    mock: 'V3',
    stop: 'stepCountIs',
    previews: "{ previews: 'image-data' }",
  },
];

/** What a host writes. It runs, and it is type-checked. */
const hostOf = ({ toModel, mock, stop, previews }: Version) => `
import { createImageManager, StubProvider } from '@org/ai-image';
import { createImagen, fromAiSdk, imageToolSet, imagenOptions, toImageModelV3 } from '@org/ai-image/ai-sdk';
import { APICallError, generateImage, generateText, ${stop} } from 'ai';
import { MockImageModel${mock}, MockLanguageModel${mock} } from 'ai/test';

const stub = new StubProvider();
const imagen = createImagen(createImageManager({ providers: { stub } }));
void toImageModelV3;
const model = ${toModel};
const four = await generateImage({
  model, prompt: 'four foxes', n: 4, size: '64x64', providerOptions: imagenOptions({ quality: 'hd' }),
});
const [input] = four.images;
if (input === undefined) throw new Error('no image');
const edited = await generateImage({ model, prompt: { text: 'make it blue', images: [input.uint8Array] } });

const refusing = new StubProvider({ fail: 'outcome_unknown' });
const failing = createImagen(createImageManager({ providers: { stub: refusing } }));
const failed = await ((imagen) => generateImage({ model: ${toModel}, prompt: 'a lost fox' }))(failing).catch((error) => error);

const theirs = new MockImageModel${mock}({
  maxImagesPerCall: 2,
  doGenerate: async ({ n }) => ({
    images: Array.from({ length: n }, () => input.uint8Array),
    warnings: [],
    response: { timestamp: new Date(), modelId: 'theirs', headers: undefined },
  }),
});
const ours = await fromAiSdk(theirs).generate({ prompt: 'three foxes', n: 3 });

const calls: unknown[] = [];
const tools = imageToolSet({
  tools: [{
    name: 'generate_image', title: 'Generate', description: 'Generates an image.',
    parameters: { type: 'object', properties: { prompt: { type: 'string' } }, additionalProperties: false },
    output: {},
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    execute: async (args, context) => {
      calls.push([args, context?.callId]);
      return { success: true, data: {} };
    },
  }],
  preview: async () => undefined,
}, ${previews});
const usage = { inputTokens: {}, outputTokens: {} } as never;
let step = 0;
const language = new MockLanguageModel${mock}({
  doGenerate: async () =>
    step++ === 0
      ? {
          content: [{ type: 'tool-call', toolCallId: 'call_1', toolName: 'generate_image', input: '{"prompt":"a fox"}' }],
          finishReason: { unified: 'tool-calls', raw: undefined }, usage, warnings: [],
        }
      : { content: [{ type: 'text', text: 'done' }], finishReason: { unified: 'stop', raw: undefined }, usage, warnings: [] },
});
const { text } = await generateText({ model: language, prompt: 'Show me a fox.', tools, stopWhen: ${stop}(3) });

console.log(JSON.stringify({
  images: four.images.length,
  bills: stub.calls.length,
  facts: (four.providerMetadata['ai-image']?.images as readonly unknown[]).length,
  edited: edited.images.length,
  isOurError: APICallError.isInstance(failed),
  code: (failed as { data?: { code?: string } }).data?.code,
  failedBills: refusing.calls.length,
  ours: ours.images.length,
  text,
  calls,
}));
`;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-image-sdk-versions-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(VERSIONS)('$name', (version) => {
  it('generates, edits, fails without a second bill, and takes models and tools', async ({ skip }) => {
    const project = join(folder, version.mock);
    await mkdir(project);
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'host', private: true, type: 'module' }));
    await run(npm, [...INSTALL, ...version.packages], { cwd: project }).catch((error: Error) => {
      const [, code] = NOT_HERE.exec(error.message) ?? [];
      return code === undefined ? Promise.reject(error) : skip(`npm cannot install it here (${code})`);
    });
    await writeFile(join(project, 'host.ts'), hostOf(version));

    const paths = {
      // As for a host, whose packages the declarations of this package are read with.
      '@ai-sdk/provider': [join(project, 'node_modules/@ai-sdk/provider')],
      '@org/ai-image': [resolve('src/index.ts')],
      '@org/ai-image/ai-sdk': [resolve('src/integrations/ai-sdk/index.ts')],
      '#platform': [resolve('src/transport/platform/node.ts')],
    };
    await bundle(project, paths);
    const { stdout } = await run(process.execPath, ['host.mjs'], { cwd: project });
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toEqual({
      images: 4,
      bills: 2,
      facts: 4,
      edited: 1,
      isOurError: true,
      code: 'outcome_unknown',
      failedBills: 1,
      ours: 3,
      text: 'done',
      calls: [[{ prompt: 'a fox' }, 'call_1']],
    });

    await symlink(resolve('node_modules/@types'), join(project, 'node_modules/@types'));
    const compilerOptions = {
      ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, target: 'es2023' },
      ...{ module: 'esnext', moduleResolution: 'bundler', types: ['node'], paths },
      lib: ['ES2024', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
    };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['host.ts'] }));
    const compiler = resolve('node_modules/typescript/bin/tsc');
    const checked = await run(process.execPath, [compiler, '-p', project]).catch((error: { stdout: string }) => error);
    // The source of this package is checked too, and an older AI SDK lacks types that it names. A host has declarations in its place.
    expect(checked.stdout.split('\n').filter((line) => /^[^ ]*host\.ts/.test(line))).toEqual([]);
    await writeFile(
      join(project, 'host.ts'),
      "import { generateImage } from 'ai';\ngenerateImage({ model: 7, prompt: 'a fox' });",
    );
    const wrong = await run(process.execPath, [compiler, '-p', project]).catch((error: { stdout: string }) => error);
    expect(wrong.stdout).toContain('host.ts(2,17): error');
  });
});

/** Bundles the host with the source of this package. The AI SDK stays outside, so that its own copy of everything is used. */
async function bundle(project: string, paths: Readonly<Record<string, readonly string[]>>): Promise<void> {
  await build({
    entryPoints: [join(project, 'host.ts')],
    outfile: join(project, 'host.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
    external: ['ai', 'ai/test', 'hono', '@hono/node-server', 'sharp', 'pg', 'pg-boss'],
    alias: Object.fromEntries(Object.entries(paths).map(([name, [path]]) => [name, path!])),
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
}
