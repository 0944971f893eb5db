/** docs/configuration.md: the whole file is one that is read, and no key is missing. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { backendSchema } from '../../src/config/file/backend-keys.ts';
import { keysAt } from '../../src/config/file/issues.ts';
import { fileSchema } from '../../src/config/file/schema.ts';
import * as face from '../../src/config/index.ts';

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

describe('the example', () => {
  it('stands on the page as it is', () => {
    expect(page.match(EXAMPLE)?.[0]).toBe(wanted);
  });

  it('is read, and makes a manager', async () => {
    const config = await face.loadConfig({ path: FILE, env });
    expect(config.notices).toEqual([expect.stringContaining('FAL_KEY is not set')]);
    const images = face.createManagerFromConfig(config, { env });
    const { candidates } = await images.plan({ prompt: 'a fox', style: 'night' });
    expect(candidates.map(({ provider }) => provider)).toEqual(['main', 'amazon', 'workstation', 'stub']);
    expect(candidates[0]?.model).toBe('gpt-image-2');
    const { attempts } = await images.generate({ prompt: 'a fox', provider: 'stub', size: '64x64' });
    expect(attempts[0]?.provider).toBe('stub');
  });

  it('shows every section', async () => {
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
  ])('names every key below %j', (path) => {
    const keys = keysAt(fileSchema, path);
    expect(keys.length).toBeGreaterThan(1);
    expect(
      keys.filter((key) => !page.includes(`\`${key}\``) && !page.includes(`\`s3.${key}\``) && key !== 's3'),
    ).toEqual([]);
  });

  it('names every key of a backend', () => {
    expect(keysAt(backendSchema, []).filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
  });

  it('names what the entry point has', () => {
    expect(Object.keys(face).sort()).toEqual([
      'createManagerFromConfig',
      'describeConfig',
      'loadConfig',
      'reloadConfig',
      's3FromConfig',
    ]);
    for (const name of Object.keys(face)) expect(page).toContain(name);
  });
});
