import { readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { listProviders } from '../../src/index.ts';
import { ERROR_RULES } from '../../src/providers/protocol/errors.ts';

const EXAMPLE = /<!-- example: (\S+) -->\n```ts\n([\s\S]*?)```/g;
const PROVIDERS = /<!-- providers -->\n[\s\S]*?<!-- \/providers -->/;
const TABLE = /<!-- error table -->\n[\s\S]*?<!-- \/error table -->/;

/** `UPDATE_DOCS=1` writes the examples and the table into the README; without it they have to stand there already. */
if (process.env.UPDATE_DOCS) await update();
const readme = await readFile('README.md', 'utf8');

async function update(): Promise<void> {
  let text = await readFile('README.md', 'utf8');
  for (const [block, name] of text.matchAll(EXAMPLE)) {
    const code = await readFile(`examples/${name}`, 'utf8');
    text = text.replace(block, () => `<!-- example: ${name} -->\n\`\`\`ts\n${code}\`\`\``);
  }
  await writeFile(
    'README.md',
    text.replace(TABLE, () => wantedTable()).replace(PROVIDERS, () => wantedProviders()),
  );
}

function wantedTable(): string {
  return `<!-- error table -->\n${errorTable()}\n<!-- /error table -->`;
}

function wantedProviders(): string {
  const rows = listProviders().map(
    ({ id, title, keyVariables: [key] }) => `| \`${id}\` | ${title} | ${key === undefined ? '–' : `\`${key}\``} |`,
  );
  return ['<!-- providers -->', '| Id | Vendor | Key |', '| --- | --- | --- |', ...rows, '<!-- /providers -->'].join(
    '\n',
  );
}

/** The table between the markers, as it has to be. */
function errorTable(): string {
  const yes = (value: boolean) => (value ? 'yes' : '');
  const rows = Object.entries(ERROR_RULES).map(
    ([code, { meaning, mayRetry, mayFailOver, charged }]) =>
      `| \`${code}\` | ${meaning} | ${yes(mayRetry)} | ${yes(mayFailOver)} | ${charged} |`,
  );
  return ['| Code | Meaning | Retry | Fail over | Charged |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

describe('README', () => {
  it('shows every example as it stands in examples/, and no other code', async () => {
    const shown = [...readme.matchAll(EXAMPLE)];
    const files = (await readdir('examples')).filter((name) => name.endsWith('.ts'));

    expect(shown.map(([, name]) => name).sort()).toEqual(files.sort());
    for (const [, name, code] of shown) expect(code, name).toBe(await readFile(`examples/${name}`, 'utf8'));
    expect(readme.match(/```ts/g)?.length).toBe(shown.length);
  });

  it('lists every provider of the registry', () => {
    expect(readme.match(PROVIDERS)?.[0]).toBe(wantedProviders());
  });

  it('lists every error code as ERROR_RULES has it', () => {
    expect(readme.match(TABLE)?.[0]).toBe(wantedTable());
  });

  it('names the two commands that .ci/run calls', async () => {
    const script = await readFile('.ci/run', 'utf8');

    expect(readme).toContain('npm ci && npx imagen generate "a red fox in the snow"');
    expect(readme).toContain('npm ci && npm test');
    expect(script).toContain('npm ci && npm test');
  });
});
