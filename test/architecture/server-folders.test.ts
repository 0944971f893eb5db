/** The server's two APIs can be understood and changed one without the other: what both need is in the folders beside them. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const server = fileURLToPath(new URL('../../src/apps/server/', import.meta.url));

/** @returns the imports of a file that lead into the folder, relative to the server */
function importsOf(source: string, file: string, folder: string): readonly string[] {
  const targets = [...source.matchAll(/\bfrom '(\.[^']+)'|\bimport\('(\.[^']+)'\)/g)].map(([, from, later]) =>
    relative(server, resolve(dirname(file), from ?? later ?? '')),
  );
  return targets.filter((target) => target.startsWith(`${folder}/`));
}

async function importsBetween(folder: string, other: string): Promise<readonly string[]> {
  const files = (await readdir(server + folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(5);
  const found = await Promise.all(
    files.map(async (name) => {
      const file = `${server}${folder}/${name}`;
      return importsOf(await readFile(file, 'utf8'), file, other).map((target) => `${folder}/${name} -> ${target}`);
    }),
  );
  return found.flat();
}

describe('the folders of the APIs', () => {
  it.each([
    ['api', 'openai'],
    ['openai', 'api'],
  ])('%s imports nothing from %s', async (folder, other) => {
    expect(await importsBetween(folder, other)).toEqual([]);
  });

  it('are searched for what this file looks for', async () => {
    const file = `${server}api/handlers/plan.ts`;
    expect(importsOf("import { a } from '../../openai/stream/b.ts';", file, 'openai')).toEqual(['openai/stream/b.ts']);
    expect(importsOf("await import('../../openai/c.ts')", file, 'openai')).toEqual(['openai/c.ts']);
    expect((await importsBetween('api', 'http')).length).toBeGreaterThan(5);
  });
});
