/** README.md, docs/guide.md and docs/errors.md: their examples are files that run, and their lists are made from the code. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { AiImageError, type AiImageErrorDetails, listProviders, toPortableJSON } from '../../src/index.ts';
import { ERROR_RULES } from '../../src/providers/protocol/errors.ts';
import { handleOf } from '../store/sample-images.ts';
import { errorTable } from './support/error-table.ts';

const PAGES = ['README.md', 'docs/guide.md', 'docs/errors.md'];
const EXAMPLE = /<!-- example: (\S+) -->\n```ts\n([\s\S]*?)```/g;
const PROVIDERS = /<!-- providers -->\n[\s\S]*?<!-- \/providers -->/;
const ERRORS = /<!-- error table -->\n[\s\S]*?<!-- \/error table -->/;

/** `UPDATE_DOCS=1` writes the examples and lists into the pages. Without it, the tests expect to find them there. */
if (process.env.UPDATE_DOCS) for (const page of PAGES) await update(page);
const readme = await readFile('README.md', 'utf8');

async function update(page: string): Promise<void> {
  let text = await readFile(page, 'utf8');
  for (const [block, name] of text.matchAll(EXAMPLE)) {
    const code = await readFile(`examples/${name}`, 'utf8');
    text = text.replace(block, () => `<!-- example: ${name} -->\n\`\`\`ts\n${code}\`\`\``);
  }
  await writeFile(
    page,
    text.replace(ERRORS, () => expectedErrors()).replace(PROVIDERS, () => expectedProviders()),
  );
}

function expectedErrors(): string {
  return ['<!-- error table -->', errorTable(ERROR_RULES), '<!-- /error table -->'].join('\n');
}

function expectedProviders(): string {
  const links = listProviders().map(({ id, title }) => `[${title}](docs/providers/${id}.md)`);
  return ['<!-- providers -->', `${links.join(',\n')}.`, '<!-- /providers -->'].join('\n');
}

describe('README, guide and errors page', () => {
  it('show every example exactly as it is in examples/, and no other code', async () => {
    const files = (await readdir('examples')).filter((name) => name.endsWith('.ts'));
    const shown = new Set<string>();
    for (const page of PAGES) {
      const text = await readFile(page, 'utf8');
      const examples = [...text.matchAll(EXAMPLE)];
      for (const [, name = '', code] of examples) {
        expect(code, `${name} in ${page}`).toBe(await readFile(`examples/${name}`, 'utf8'));
        shown.add(name);
      }
      expect(text.match(/```(?:ts|js)/g)?.length, page).toBe(examples.length);
    }

    expect([...shown].sort()).toEqual(files.sort());
  });
});

describe('README', () => {
  it('lists every provider of the registry', () => {
    expect(readme.match(PROVIDERS)?.[0]).toBe(expectedProviders());
  });

  it('fits on three screens', () => {
    expect(readme.split('\n').length).toBeLessThan(140);
  });

  it('names the two commands for contributors, one of which .ci/run calls', async () => {
    const script = await readFile('.ci/run', 'utf8');

    expect(readme).toContain('npm ci && npx imagen generate "a red fox in the snow"');
    expect(readme).toContain('npm ci && npm test');
    expect(script).toContain('npm ci && npm test');
  });
});

describe('docs/errors.md', () => {
  it('lists every error code as ERROR_RULES has it', async () => {
    expect((await readFile('docs/errors.md', 'utf8')).match(ERRORS)?.[0]).toBe(expectedErrors());
  });

  it('lists the fields of an error, and which of them each kind of JSON keeps', async () => {
    const page = await readFile('docs/errors.md', 'utf8');
    expect(fieldsOn(page)).toEqual(fieldsOfErrors());
    const changed = page.replace('| `endsJob` |', '| `isOver` |');
    expect(fieldsOn(changed)).not.toEqual(fieldsOfErrors());
  });
});

type Fields = Readonly<Record<string, { readonly toJSON: boolean; readonly portable: boolean }>>;

function fieldsOn(page: string): Fields {
  const rows = page.matchAll(/^\| (`\w+`(?:, `\w+`)*) \| .+ \| (yes|in part|) ?\| (yes|) ?\|$/gm);
  return Object.fromEntries(
    [...rows].flatMap(([, names = '', inJson, inPortable]) =>
      names
        .split(', ')
        .map((name) => [name.slice(1, -1), { toJSON: inJson !== '', portable: inPortable !== '' }] as const),
    ),
  );
}

function fieldsOfErrors(): Fields {
  const failures = [{ index: 0, error: new AiImageError('timeout', 'late') }];
  const every: Required<AiImageErrorDetails> = {
    ...{
      provider: 'p',
      model: 'm',
      status: 500,
      requestId: 'r',
      field: 'n',
      retryAfterMs: 1,
      hint: 'Wait.',
      charged: 'unknown',
    },
    ...{ job: handleOf('j1'), endsJob: true, failures, quarantine: [Uint8Array.of(1)], cause: new Error('late') },
  };
  const error = new AiImageError('timeout', 'late', every);
  const [toJSON, portable] = [error.toJSON(), toPortableJSON(error)];
  const names = Object.getOwnPropertyNames(error).filter((name) => name !== 'name' && name !== 'stack');
  return Object.fromEntries(names.map((name) => [name, { toJSON: name in toJSON, portable: name in portable }]));
}
