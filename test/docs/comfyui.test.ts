/** docs/comfyui.md: its example runs and saves an image. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, vi } from 'vitest';
import { BUILT_IN_WORKFLOWS } from '../../src/providers/comfyui/built-in-workflows.ts';
import { openComfyServer, savedImage } from '../providers/comfyui/support/comfy-server.ts';

const page = await readFile('docs/comfyui.md', 'utf8');
const example = resolve('examples/comfyui/workflow.ts');

it('shows the example exactly as it is in examples/', async () => {
  expect(page).toContain(`\`\`\`ts\n${await readFile(example, 'utf8')}\`\`\``);
});

it('names every bundled workflow, and the files that it needs', () => {
  for (const [name, toWorkflow] of Object.entries(BUILT_IN_WORKFLOWS)) {
    expect(page).toContain(`| \`${name}\` |`);
    const files = JSON.stringify(toWorkflow(undefined).graph).match(/[\w.]+\.safetensors/g) ?? [];
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(page).toContain(file);
  }
});

it('has an example that saves an image and prints the progress and the seed', async () => {
  await using server = await openComfyServer({
    run(job, own) {
      own.begin(job);
      own.tell(job, 'progress', { value: 1, max: 2, node: '3' });
      own.finish(job);
    },
  });
  const directory = await mkdtemp(join(tmpdir(), 'ai-image-comfyui-'));
  const before = process.cwd();
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((...words) => void lines.push(words.join(' ')));
  vi.stubEnv('COMFYUI_BASE_URL', server.origin);
  process.chdir(directory);
  try {
    await import(example);
    expect((await readFile('fox.png')).equals(savedImage)).toBe(true);
  } finally {
    process.chdir(before);
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true });
  }
  expect(server.jobs[0]?.graph).toMatchObject({
    '5': { inputs: { width: 1024, height: 768, batch_size: 1 } },
    '6': { inputs: { text: 'a red fox in the snow' } },
    '7': { inputs: { text: 'text, watermark' } },
  });
  expect(lines).toContain('progress 0.5');
  expect(lines.at(-1)).toMatch(/^fox\.png, generated with seed \d+$/);
});
