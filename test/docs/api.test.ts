/** docs/api.md has the whole reference, and the OpenAPI document has the comments of the schemas. `UPDATE_DOCS=1` writes both. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { COMPONENTS } from '../../src/apps/server/api/openapi/components.ts';
import { DESCRIPTIONS } from '../../src/apps/server/api/openapi/descriptions.ts';
import { ROUTE_NAMES } from '../../src/client/routes.ts';
import { apiReference } from './support/api-page.ts';
import { readRouteDocs, readSources } from './support/route-docs.ts';

const PAGE = 'docs/api.md';
const REFERENCE = /<!-- reference -->\n[\s\S]*<!-- \/reference -->/;
const FILE = 'src/apps/server/api/openapi/descriptions.ts';
const STALE = 'Write it again: UPDATE_DOCS=1 npx vitest run test/docs';

const EXAMPLE = /<!-- example: (\S+) -->\n```ts\n([\s\S]*?)```/g;
const exampleOf = (file: string) => readFileSync(`examples/api/${file}`, 'utf8');

const docs = readRouteDocs(readSources());
const wanted = `<!-- reference -->\n\n${apiReference(docs.descriptions)}\n\n<!-- /reference -->`;

if (process.env.UPDATE_DOCS) {
  const rows = Object.entries(docs.descriptions).map(
    ([path, text]) => `  ${JSON.stringify(path)}: ${JSON.stringify(text)},`,
  );
  writeFileSync(
    FILE,
    [
      '/** Descriptions of routes, types and fields. Generated from the doc comments in `src/client` by `UPDATE_DOCS=1 npx vitest run test/docs`. */',
      'export const DESCRIPTIONS: Readonly<Record<string, string>> = {',
      ...rows,
      '};\n',
    ].join('\n'),
  );
  execFileSync('node_modules/.bin/biome', ['check', '--write', FILE]);
  const page = readFileSync(PAGE, 'utf8').replace(REFERENCE, () => wanted);
  writeFileSync(
    PAGE,
    page.replace(EXAMPLE, (_, file: string) => `<!-- example: ${file} -->\n\`\`\`ts\n${exampleOf(file)}\`\`\``),
  );
}

describe('the reference of the API', () => {
  it('is in docs/api.md as the route table and its schemas say', () => {
    expect(REFERENCE.exec(readFileSync(PAGE, 'utf8'))?.[0], STALE).toBe(wanted);
  });

  it('describes each route and each field by its doc comment', () => {
    expect(docs.missing).toEqual([]);
    expect(DESCRIPTIONS, STALE).toEqual(docs.descriptions);
    expect(ROUTE_NAMES.filter((name) => DESCRIPTIONS[name] === undefined)).toEqual([]);
  });

  it('names each type that the client exports', () => {
    expect(Object.keys(COMPONENTS).sort()).toEqual([...docs.types].sort());
  });

  it('has no field without a meaning', () => {
    expect(wanted.split('\n').filter((line) => line.startsWith('| `') && /\|\s*\|$/.test(line))).toEqual([]);
  });

  it('bites: finds a field and a route without a comment', () => {
    const { missing, descriptions } = readRouteDocs({
      'a.ts': 'export const ROUTES = { bare: { method: 1 } } as const satisfies X;',
      'b.ts':
        'const inner = z.object({ a: z.string() });\nexport const s = z.object({\n/** Said. @default 1 */\nsaid: z.string(), list: listOf(inner) });\n/** T. */\nexport type T = z.infer<typeof s>;',
    });
    expect(missing).toEqual(['bare', 'T.list', 'T.list.a']);
    expect(descriptions).toEqual({ T: 'T.', 'T.said': 'Said. Default: 1.' });
  });
});

describe('the examples of docs/api.md', () => {
  const files = readdirSync('examples/api');

  it('are shown exactly as they are in examples/', () => {
    const shown = [...readFileSync(PAGE, 'utf8').matchAll(EXAMPLE)];
    expect(shown.map(([, file]) => file).sort()).toEqual(files.sort());
    for (const [, file = '', code] of shown) expect(code, file).toBe(exampleOf(file));
  });

  it.each(files)('%s runs', async (file) => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((...words) => void lines.push(words.join(' ')));
    await import(resolve('examples/api', file));
    const expected = { 'first.ts': ['stub 0', '256 256', '2'], 'watch.ts': ['done', 'image/png', '400 size no'] }[file];
    expect(lines.slice(-3)).toEqual(expected);
  });
});
