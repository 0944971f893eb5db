/** docs/configuration.md: its complete file can be loaded, and it lists every key. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { backendSchema } from '../../src/config/file/backend-keys.ts';
import { fileSchema } from '../../src/config/file/schema.ts';
import { keysAt } from '../../src/config/file/schema-problems.ts';
import * as entryPoint from '../../src/config/index.ts';

const EXAMPLE = /<!-- example: imagen.yaml -->\n```yaml\n[\s\S]*?```/;
const PAGE = 'docs/configuration.md';
const FILE = 'examples/config/imagen.yaml';
const wanted = `<!-- example: imagen.yaml -->\n\`\`\`yaml\n${await readFile(FILE, 'utf8')}\`\`\``;

if (process.env.UPDATE_DOCS)
  await writeFile(
    PAGE,
    (await readFile(PAGE, 'utf8')).replace(EXAMPLE, () => wanted),
  );
const page = await readFile(PAGE, 'utf8');

const env = {
  HOME: '/home/me',
  OPENAI_API_KEY: 'sk-test-0123456789',
  OPENAI_ORG_ID: 'org-test',
  AWS_ACCESS_KEY_ID: 'test-id',
  AWS_SECRET_ACCESS_KEY: 'test-secret',
};

describe('the complete file', () => {
  it('is shown exactly as it is in examples/', () => {
    expect(page.match(EXAMPLE)?.[0]).toBe(wanted);
  });

  it('can be loaded and creates a manager', async () => {
    const config = await entryPoint.loadConfig({ path: FILE, env });
    expect(config.notices).toEqual([expect.stringContaining('FAL_KEY is not set')]);
    const images = entryPoint.createManagerFromConfig(config, { env });
    const { candidates } = await images.plan({ prompt: 'a fox', style: 'night' });
    expect(candidates.map(({ provider }) => provider)).toEqual(['main', 'amazon', 'workstation', 'stub']);
    expect(candidates[0]?.model).toBe('gpt-image-2');
    const { attempts } = await images.generate({ prompt: 'a fox', provider: 'stub', size: '64x64' });
    expect(attempts[0]?.provider).toBe('stub');
  });

  it('has every section', async () => {
    const text = await readFile(FILE, 'utf8');
    const sections = Object.keys(fileSchema.shape).filter((key) => key !== 'trusted_projects');
    expect(sections.filter((key) => !text.includes(`\n${key}:`))).toEqual([]);
  });
});

describe('the page', () => {
  it.each([
    [[]],
    [['output']],
    [['store']],
    [['store', 's3']],
    [['budget']],
    [['profiles', 'x']],
    [['profiles', 'x', 'defaults']],
    [['styles', 'x']],
    [['routing', 0]],
    [['limits', 'x']],
    [['serve']],
    [['mcp']],
    [['serve', 'tokens', 0]],
    [['serve', 'limits']],
  ])('lists every key below %j', (path) => {
    const keys = keysAt(fileSchema, path);
    expect(keys.length).toBeGreaterThan(1);
    expect(
      keys.filter((key) => !page.includes(`\`${key}\``) && !page.includes(`\`s3.${key}\``) && key !== 's3'),
    ).toEqual([]);
  });

  it('lists every key of a backend', () => {
    expect(keysAt(backendSchema, []).filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
  });

  it('names every function of the entry point', () => {
    expect(Object.keys(entryPoint).sort()).toEqual([
      'createManagerFromConfig',
      'describeConfig',
      'loadConfig',
      'reloadConfig',
      's3FromConfig',
    ]);
    for (const name of Object.keys(entryPoint)) expect(page).toContain(name);
  });
});
