/** Extracts the files that docs/add-a-provider.md tells a contributor to write: a provider folder, its conversations, and the changed registry. */
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

const PAGE = 'docs/add-a-provider.md';
/** A paragraph that begins with the path of a file, followed by the file's code. */
const FILE = /^`(src\/providers\/acme\/[\w./-]+\.\w+)`(?:[^\n]+\n)+\n```(?:ts|json)\n([\s\S]*?)^```/gm;
/** The two lines for the registry: the import, and the entry after the dots. */
const LINES = /^```ts\n(import [^\n]+\n)…\n( {2}acme: [^\n]+\n)```/m;
/** A row of the table of conversations, each of which differs from the first in a few fields. */
const ROW = /^\| `([\w-]+\.json)` \| `([\w-]+)` \| `(.+?)` \| `(.+?)` \|$/gm;

const FIXTURES = 'src/providers/acme/fixtures/';

export interface FollowedPage {
  /** File contents by path, in the order of the page. */
  readonly files: Readonly<Record<string, string>>;
  /** The registry with the new import and entry. */
  readonly registry: string;
}

/** @throws Error the page lacks a part that it should have */
export async function followPage(text?: string): Promise<FollowedPage> {
  const page = text ?? (await readFile(PAGE, 'utf8'));
  const shown = Object.fromEntries([...page.matchAll(FILE)].map(([, path, code]) => [path!, code!] as const));
  const [, importLine, entryLine] = page.match(LINES) ?? [];
  if (importLine === undefined || entryLine === undefined) throw new Error(`${PAGE} shows no lines for the registry`);
  const registry = await readFile('src/providers/registry.ts', 'utf8');
  return {
    files: { ...shown, ...derived(page, shown[`${FIXTURES}success-minimal.json`]) },
    registry: registry
      .replace(/^import \{ about as /m, (first) => `${importLine}${first}`)
      .replace('export const registry = {\n', (head) => `${head}${entryLine}`),
  };
}

/** Builds the conversations of the table from the first one. */
function derived(page: string, first: string | undefined): Readonly<Record<string, string>> {
  if (first === undefined) throw new Error(`${PAGE} shows no success-minimal.json`);
  const { result: _, ...conversation } = JSON.parse(first);
  const rows = [...page.matchAll(ROW)].map(([, name, kind, response, error]) => {
    const exchanges = [{ ...conversation.exchanges[0], response: JSON.parse(response!) }];
    const own = { ...conversation, title: `${kind} of ${name}`, kind, exchanges, error: JSON.parse(error!) };
    return [`${FIXTURES}${name}`, JSON.stringify(own)] as const;
  });
  return Object.fromEntries(rows);
}

/** Removes the built-in providers from the registry; other tests check them. */
const withoutOthers = (registry: string): string =>
  registry
    .replace(/^import \{ about as (?!acme\b)[^\n]+\n/gm, '')
    .replace(/^ {2}(?!acme:)'?[\w-]+'?: entry\([\s\S]*?\),\n/gm, '');

/** Writes the files into an empty folder, with links to the code they import. @returns the path of the new provider's folder */
export async function layOut({ files, registry }: FollowedPage, root: string): Promise<string> {
  const providers = join(root, 'src/providers');
  await mkdir(providers, { recursive: true });
  for (const name of ['kit', 'protocol']) await symlink(resolve('src/providers', name), join(providers, name));
  await symlink(resolve('node_modules'), join(root, 'node_modules'));
  await symlink(resolve('src/transport'), join(root, 'src/transport'));
  const written = {
    ...files,
    'src/providers/registry.ts': withoutOthers(registry),
    'package.json': JSON.stringify({ type: 'module' }),
    'tsconfig.json': JSON.stringify({
      extends: resolve('tsconfig.json'),
      include: ['src/providers/acme', 'src/providers/registry.ts'],
    }),
  };
  for (const [path, text] of Object.entries(written)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return join(providers, 'acme');
}
