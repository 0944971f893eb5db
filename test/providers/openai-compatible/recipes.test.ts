/** Runs every recipe of docs/openai-compatible.md against the fake server of its kind, with only the address replaced. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createManagerFromConfig, loadConfig } from '../../../src/config/index.ts';
import * as library from '../../../src/index.ts';
import { SERVERS as KINDS } from '../../../src/providers/openai-compatible/dialects.ts';
import { settingsSchema } from '../../../src/providers/openai-compatible/wire.ts';
import { openServer, SERVERS, type ServerKind } from './servers.ts';

const page = await readFile('docs/openai-compatible.md', 'utf8');
const RECIPE = /<!-- recipe: (\S+) -->\n```ts\n([\s\S]*?)```/g;
const recipes = [...page.matchAll(RECIPE)].map(([, kind, code]) => ({ kind: kind as ServerKind, code: code ?? '' }));
const KEY = 'team-key-0123456789';

type Run = (from: typeof library) => Promise<readonly library.GeneratedImage[]>;
const AsyncFunction = (async () => undefined).constructor as new (name: string, code: string) => Run; // it has no name

/** Turns the code of a recipe into a function that takes the library and returns the images. */
function toRun(code: string, baseUrl: string): Run {
  const body = code
    .replace(/^import (\{[^}]*\}) from '@org\/ai-image';$/m, 'const $1 = from;')
    .replace(/baseUrl: '[^']*'/, () => `baseUrl: ${JSON.stringify(baseUrl)}`);
  return new AsyncFunction('from', `${body}\nreturn images;`);
}

afterEach(() => vi.unstubAllEnvs());

describe('a recipe of the page', () => {
  it.each(recipes)('for $kind generates an image at such a server', async ({ kind, code }) => {
    vi.stubEnv('OPENAI_COMPATIBLE_API_KEY', KEY);
    await using server = await openServer(kind, code.includes('apiKey') ? KEY : undefined);
    const images = await toRun(code, server.baseUrl)(library);
    expect(images).toHaveLength(1);
    expect(server.understood).toMatchObject([{ prompt: 'a red fox' }]);
  });

  it('exists for every kind of server that generates images', () => {
    const without = ['lm-studio', 'ollama-0.32.6'];
    const kinds = new Set(recipes.map(({ kind }) => kind));
    expect(Object.keys(SERVERS).filter((kind) => !without.includes(kind) && !kinds.has(kind as ServerKind))).toEqual(
      [],
    );
    expect(KINDS.filter((kind) => kind !== 'generic' && !kinds.has(kind))).toEqual([]);
  });

  it('fails when its server does not support what it uses', async () => {
    const [first] = recipes;
    await using server = await openServer('ollama-0.32.6');
    await expect(toRun(first!.code, server.baseUrl)(library)).rejects.toMatchObject({ code: 'unsupported' });
  });
});

describe('the page', () => {
  it('names every setting', () => {
    const table = page.slice(page.indexOf('## Settings'), page.indexOf('## Your own server'));
    expect(Object.keys(settingsSchema.shape).filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
  });

  it('shows a valid configuration', async () => {
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const directory = await mkdtemp(join(tmpdir(), 'ai-image-compatible-'));
    const path = join(directory, 'imagen.yaml');
    try {
      await writeFile(path, yaml);
      const env = { HOME: directory, TEAM_GATEWAY_KEY: KEY };
      const images = createManagerFromConfig(await loadConfig({ path, env }), { env });
      const { candidates } = await images.plan({ prompt: 'a red fox', provider: 'gateway' });
      expect(candidates[0]).toMatchObject({ provider: 'gateway', model: 'openai/gpt-image-2' });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
