import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listProviders } from '../../../../src/index.ts';
import { openVendor, sendJson } from '../../../providers/kit/support/vendor.ts';
import { startStopwatch } from '../../../support/stopwatch.ts';
import { imagen, temporaryFolder } from '../support.ts';

const KEY = 'sk-canary-0123456789abcdef';
const FILE = `
default_backend: main
backends:
  drafts: { type: fal, api_key_env: FAL_KEY, optional: true }
  main: { type: openai, api_key_env: MAIN_KEY, model: gpt-image-2 }
`;

async function project(text = FILE) {
  const folder = await temporaryFolder();
  const file = join(folder.path, 'imagen.yaml');
  await writeFile(file, text, { mode: 0o600 });
  const run = (args: readonly string[], env: Record<string, string> = {}) =>
    imagen([...args, '--config', file], { cwd: folder.path, env });
  return { run, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

const here = async (args: readonly string[], env: Record<string, string> = {}) => {
  await using folder = await temporaryFolder();
  return await imagen(args, { cwd: folder.path, env });
};
const rowsOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

describe('imagen backends', () => {
  it('without a key: shows the stub, and how to see all providers', async () => {
    const { exit, stdout, stderr } = await here(['backends']);
    expect(exit).toBe(0);
    expect(rowsOf(stdout)).toEqual([
      ['stub', 'Stub (offline, generates images itself)', 'stub-1', 'no key', 'usable, default'],
    ]);
    expect(stderr).toContain('imagen backends --all');
    expect((await here(['backends', 'list'])).stdout).toBe(stdout);
  });

  it('shows every provider with a key; with several keys there is no default', async () => {
    const one = await here(['backends'], { XAI_API_KEY: KEY });
    expect(rowsOf(one.stdout)).toEqual([
      ['xai', 'xAI Grok Imagine', expect.any(String), 'XAI_API_KEY', 'usable, default'],
    ]);
    const two = await here(['backends'], { XAI_API_KEY: KEY, OPENAI_API_KEY: KEY });
    expect(rowsOf(two.stdout).map((row) => [row[0], row.at(-1)])).toEqual([
      ['openai', 'usable'],
      ['xai', 'usable'],
    ]);
    expect(two.stderr).toContain('there is no default');
    const named = await here(['backends'], { XAI_API_KEY: KEY, AI_IMAGE_PROVIDER: 'gpt-image' });
    expect(rowsOf(named.stdout).map((row) => [row[0], row.at(-1)])).toEqual([
      ['openai', 'not usable: OPENAI_API_KEY is not set, default'],
      ['xai', 'usable'],
    ]);
  });

  it('--all shows every provider and the variable of its key', async () => {
    const { stdout } = await here(['backends', '--all']);
    const rows = rowsOf(stdout);
    expect(rows.map(([name]) => name)).toEqual(listProviders().map(({ id }) => id));
    for (const { id, keyVariables } of listProviders())
      expect(rows.find(([name]) => name === id)?.[3]).toBe(keyVariables[0] ?? 'no key');
  });

  it('names a missing setting of a provider that has its key', async () => {
    const { stdout } = await here(['backends', 'azure'], { AZURE_OPENAI_API_KEY: KEY });
    expect(stdout).toMatch(/not usable: .*(?:resource|endpoint|baseUrl)/);
    expect(stdout).not.toContain('canary');
  });

  it('shows the configured backends and what they lack, but no key', async () => {
    await using place = await project();
    const missing = await place.run(['backends']);
    expect(missing).toMatchObject({ exit: 0 });
    expect(rowsOf(missing.stdout)).toEqual([
      ['drafts', 'fal (fal)', expect.any(String), 'FAL_KEY', 'not usable: FAL_KEY is not set (optional, left out)'],
      ['main', 'openai (OpenAI Images)', 'gpt-image-2', 'MAIN_KEY', 'not usable: MAIN_KEY is not set, default'],
    ]);
    const { stdout } = await place.run(['backends', '--json'], { MAIN_KEY: KEY });
    expect(stdout).not.toContain('canary');
    expect(JSON.parse(stdout).backends).toEqual([
      expect.objectContaining({ name: 'drafts', isUsable: false, missing: ['FAL_KEY'], isOptional: true }),
      expect.objectContaining({ name: 'main', isUsable: true, isDefault: true, keyVariables: ['MAIN_KEY'] }),
    ]);
  });

  it('suggests the right name for a misspelt one', async () => {
    const backend = await here(['backends', 'opnai']);
    expect(backend).toMatchObject({ exit: 2, stdout: '' });
    expect(backend.stderr).toContain('Did you mean openai?');
    const command = await here(['backends', 'helth']);
    expect(command).toMatchObject({ exit: 2, stdout: '' });
    expect(command.stderr).toContain('Did you mean health?');
    const shown = await here(['backends', 'show', 'opnai', '--json']);
    expect(shown.exit).toBe(2);
    expect(JSON.parse(shown.stdout).error).toMatchObject({ code: 'invalid_request', hint: 'Did you mean openai?' });
  });
});

describe('imagen backends health', () => {
  it('makes one free call to the vendor', async () => {
    await using vendor = await openVendor((_, response) => sendJson(response, { data: [] }));
    const { exit, stdout } = await here(['backends', 'health'], { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: vendor.url });
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^openai {2}openai {2}healthy {2}\d+ ms\n$/);
    expect(vendor.received.map(({ method }) => method)).toEqual(['GET']);
  });

  it('3: the vendor rejects the key, which is not shown', async () => {
    await using vendor = await openVendor((_, response) =>
      sendJson(response, { error: { message: `Incorrect key ${KEY}` } }, 401),
    );
    const env = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: vendor.url };
    const { exit, stdout, stderr } = await here(['backends', 'health', 'openai', 'stub', '--json'], env);
    expect(exit).toBe(3);
    expect(stdout + stderr).not.toContain('canary');
    expect(JSON.parse(stdout).backends).toEqual([
      {
        name: 'openai',
        type: 'openai',
        status: 'failing',
        code: 'authentication',
        latencyMs: expect.any(Number),
        message: expect.any(String),
      },
      { name: 'stub', type: 'stub', status: 'ok', latencyMs: expect.any(Number) },
    ]);
  });

  it('6: the vendor does not answer within --timeout', async () => {
    await using vendor = await openVendor(() => undefined);
    const env = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: vendor.url };
    const elapsedMs = startStopwatch();
    const { exit, stdout } = await here(['backends', 'health', '--timeout', '1'], env);
    expect(elapsedMs()).toBeLessThan(4000);
    expect({ exit, state: rowsOf(stdout)[0]?.[2] }).toEqual({ exit: 6, state: 'failing' });
  });

  it('3: a named backend without a key; an optional one is left out', async () => {
    await using place = await project(
      `backends:\n  stub:\n  drafts: { type: fal, api_key_env: FAL_KEY, optional: true }\n`,
    );
    const all = await place.run(['backends', 'health']);
    expect(all.exit).toBe(0);
    expect(rowsOf(all.stdout).map(([name]) => name)).toEqual(['stub']);
    expect(all.stderr).toContain('the optional backend drafts is left out');
    const named = await place.run(['backends', 'health', 'drafts']);
    expect(named.exit).toBe(3);
    expect(named.stdout).toContain('FAL_KEY is not set (not_configured)');
  });

  it.each(['0', 'soon', '1e9', ''])('--timeout %j is refused', async (timeout) => {
    expect(await here(['backends', 'health', '--timeout', timeout])).toMatchObject({ exit: 2, stdout: '' });
  });
});

describe('imagen backends show', () => {
  it('shows models, settings with their keys in the file, and abilities', async () => {
    const { exit, stdout } = await here(['backends', 'show', 'grok']);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^provider +xai: xAI Grok Imagine$/m);
    expect(stdout).toMatch(/^ {2}api_key_env +name of an environment variable \(default: from XAI_API_KEY\)$/m);
    expect(stdout).toMatch(/^ {2}grok-imagine-image-2\.0 .* default$/m);
  });

  it('--json: complete model cards, and no key', async () => {
    const { stdout } = await here(['backends', 'show', 'openai', '--json'], { OPENAI_API_KEY: KEY });
    const shown = JSON.parse(stdout);
    expect(stdout).not.toContain('canary');
    expect(shown).toMatchObject({
      isUsable: true,
      abilities: { operations: ['edit', 'inpaint'], masks: true, jobs: false, webhooks: false, partials: true },
    });
    expect(shown.models['gpt-image-2'].pricing.asOf).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(shown.settings.map(({ key }: { key: string }) => key)).toEqual(['api_key_env', 'organization', 'project']);
  });

  it('includes models that the configuration describes', async () => {
    await using place = await project(`
backends:
  workstation:
    type: comfyui
    model: fox
    workflows:
      fox:
        graph: { '6': { class_type: CLIPTextEncode, inputs: { text: x } }, '9': { class_type: SaveImage, inputs: {} } }
        map: { prompt: ['6.inputs.text'], output: '9' }
`);
    const { exit, stdout } = await place.run(['backends', 'show', 'workstation', '--json']);
    expect(exit).toBe(0);
    const { model, models } = JSON.parse(stdout);
    expect(model).toBe('fox');
    expect(Object.keys(models)).toEqual(['sdxl', 'flux-dev', 'flux-schnell', 'fox']);
  });
});
