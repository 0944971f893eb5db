import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const examples = (await readdir('examples')).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
const folder = resolve('examples');

describe('examples', () => {
  let directory: string;
  const before = process.cwd();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ai-image-examples-'));
    process.chdir(directory);
    vi.stubEnv('AI_IMAGE_PROVIDER', 'stub');
  });
  afterAll(async () => {
    process.chdir(before);
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true });
  });

  // generate.ts writes the file that edit.ts reads.
  it.each(examples.sort((a, b) => Number(b === 'generate.ts') - Number(a === 'generate.ts')))(
    '%s runs with the stub provider',
    async (name) => {
      const lines: string[] = [];
      vi.spyOn(console, 'log').mockImplementation((...words) => void lines.push(words.join(' ')));

      await import(join(folder, name));

      expect(lines.length + (await readdir(directory)).length).toBeGreaterThan(0);
    },
  );
});
