/** A paid image must not wait for code: a web page or a server whose chunks were replaced meanwhile could not load it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bySettings } from '../../src/providers/kit/adapter/provider-definition.ts';
import { type ProviderId, registry } from '../../src/providers/registry.ts';
import type { Conversation } from '../../src/testing/index.ts';
import { readConversations, readSettings } from '../../src/testing/node-runtime.ts';
import { fixturesOf } from '../providers/support/fixtures.ts';

interface Replayed {
  /** Files that were loaded after the submit. */
  readonly lateLoads: readonly string[];
  readonly isSubmitted: boolean;
  readonly problems: readonly string[];
}

const WORKER = new URL('children/replay-worker.mjs', import.meta.url);
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(process.cwd(), 'node_modules/.cache-late-loads-'));
  // Two bundles, so that the library does not share modules with the code of the test.
  await Promise.all([bundle('library', ['src/providers/registry.ts']), bundle('testing', ['src/testing/replay.ts'])]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const bundle = (name: string, entryPoints: string[]) =>
  build({
    entryPoints,
    outdir: join(folder, name),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    alias: { '#platform': './src/transport/platform/web.ts' },
    logLevel: 'error',
  });

async function replayAlone(id: ProviderId, conversation: Conversation): Promise<Replayed> {
  const { definition } = await registry[id].load();
  const settings = await readSettings(fixturesOf(id));
  const own = definition.settingsSchema?.parse(settings);
  const path = new URL(bySettings(definition.baseUrl, own) ?? 'http://server/v1').pathname.replace(/\/$/, '');
  const urlOf = (file: string) => pathToFileURL(join(folder, file)).href;
  const worker = new Worker(fileURLToPath(WORKER), {
    workerData: {
      ...{ library: urlOf('library/registry.mjs'), testing: urlOf('testing/replay.mjs') },
      ...{ id, path, settings, conversation },
    },
  });
  try {
    return await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  } finally {
    await worker.terminate();
  }
}

/** Not `submit+resume`, whose second half runs in another process, and no image in a format that was not to be expected. */
const isPlain = ({ kind, call, result }: Conversation) =>
  kind === 'success' &&
  ['generate', 'generateImage', 'stream'].includes(call.method) &&
  !(result?.warnings as readonly string[] | undefined)?.includes('format_mismatch');

/** One conversation for each method and format: the others load nothing else. */
function sampleOf(conversations: readonly Conversation[]): readonly Conversation[] {
  const byKind = new Map(
    conversations.filter(isPlain).map((each) => [`${each.call.method === 'stream'} ${each.result?.format}`, each]),
  );
  return [...byKind.values()];
}

describe('after the submit', () => {
  it.each(Object.keys(registry) as ProviderId[])('%s loads no further code', async (id) => {
    const conversations = sampleOf(await readConversations(fixturesOf(id)));
    expect(conversations.length).toBeGreaterThan(0);

    const replayed = await Promise.all(conversations.map((conversation) => replayAlone(id, conversation)));

    for (const [at, each] of replayed.entries()) {
      expect(each, conversations[at]?.title).toEqual({ lateLoads: [], isSubmitted: true, problems: [] });
    }
  });
});
