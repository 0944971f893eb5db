/** Follows docs/add-an-error-code.md literally: in a copy of the sources, every list and table has to know the new code. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContractForm, readContract } from '../architecture/support/contract-form.ts';
import { checkLock, type Golden, type Paper, planUpdate } from '../architecture/support/contract-lock.ts';
import { errorTable } from '../docs/support/error-table.ts';

const PAGE = 'docs/add-an-error-code.md';
const RULES_FILE = 'src/providers/protocol/error-rules.ts';
const EXITS_FILE = 'src/apps/cli/exit-codes.ts';
/** The compiler runs in a process of its own, perhaps on a busy machine. */
const COMPILER_MS = 600_000;

interface Followed {
  readonly root: string;
  /** The contract of the copy, with its types as they are now. */
  readonly contract: ContractForm;
  readonly paper: Paper;
  readonly golden: Golden;
}

const roots: string[] = [];
afterAll(async () => {
  for (const root of roots) await rm(root, { recursive: true, force: true });
});

/** Makes the changes of the page in a copy of the sources. @param change what the page says instead */
async function follow(change = (text: string) => text): Promise<Followed> {
  const page = change(await readFile(PAGE, 'utf8'));
  const [rule = '', exit = ''] = [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code);
  const root = await realpath(await mkdtemp(join(tmpdir(), 'ai-image-docs-')));
  roots.push(root);
  await cp('src', join(root, 'src'), { recursive: true });
  await symlink(resolve('node_modules'), join(root, 'node_modules'));
  await writeFile(join(root, 'package.json'), JSON.stringify({ type: 'module' }));
  const addRule = (source: string) =>
    source.replace('} as const satisfies Record<string, ErrorRule>', (end) => rule + end);
  await edit(join(root, RULES_FILE), addRule);
  await edit(join(root, EXITS_FILE), (source) =>
    source.replace('} as const satisfies Record<AiImageErrorCode, Exit>', (end) => exit + end),
  );
  const golden: Golden = JSON.parse(await readFile('contracts/protocol.golden.json', 'utf8'));
  const contract = readContract({ 'error-rules.ts': addRule });
  return { root, contract, golden, paper: amended(await readPaper(), page) };
}

async function edit(path: string, change: (source: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')));
}

async function readPaper(): Promise<Paper> {
  const names = (await readdir('contracts/amendments')).sort();
  const texts = names.map(async (name) => [name, await readFile(`contracts/amendments/${name}`, 'utf8')] as const);
  return {
    contract: await readFile('contracts/ai-image-provider.md', 'utf8'),
    amendments: Object.fromEntries(await Promise.all(texts)),
  };
}

/** The contract with the amendment of the page, which takes the next number and the next minor version. */
function amended({ contract, amendments }: Paper, page: string): Paper {
  const number = String(Object.keys(amendments).length + 1).padStart(4, '0');
  const [, major, minor] = /^Version: (\d+)\.(\d+)/m.exec(contract) ?? [];
  const version = `${major}.${Number(minor) + 1}.0`;
  const filled = page.replaceAll('NNNN', number).replaceAll('X.Y.0', version);
  const [amendment = '', row = ''] = [...filled.matchAll(/^```md\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);
  return {
    contract: `${contract.replace(/^Version: .*$/m, `Version: ${version}`).trimEnd()}\n${row}`,
    amendments: { ...amendments, [`${number}-maintenance.md`]: amendment },
  };
}

/** Every file whose types have to list all codes. */
async function exhaustiveFiles(root: string): Promise<readonly string[]> {
  const names = (await readdir(join(root, 'src'), { recursive: true })).filter((name) => name.endsWith('.ts'));
  const found = names.map(async (name) => {
    const isExhaustive = (await readFile(join(root, 'src', name), 'utf8')).includes('Record<AiImageErrorCode');
    return isExhaustive ? [`src/${name}`] : [];
  });
  return (await Promise.all(found)).flat();
}

/** @returns what the compiler complains about in the table of codes and in every file that has to list all of them */
async function typeProblems({ root }: Followed): Promise<string> {
  const include = [RULES_FILE, ...(await exhaustiveFiles(root))];
  await writeFile(join(root, 'tsconfig.json'), JSON.stringify({ extends: resolve('tsconfig.json'), include }));
  return promisify(execFile)('node_modules/.bin/tsc', ['-p', root, '--noEmit']).then(
    () => '',
    ({ stdout }) => stdout,
  );
}

const load = ({ root }: Followed, file: string) => import(/* @vite-ignore */ pathToFileURL(join(root, file)).href);

/** @returns why the contract with the amendment is refused; empty if it is accepted */
function contractProblems({ golden, contract, paper }: Followed): readonly string[] {
  const update = planUpdate(golden, contract, paper);
  return update.kind === 'refused'
    ? update.problems
    : checkLock(update.golden, contract, { ...paper, contract: update.contract });
}

describe('an error code added by docs/add-an-error-code.md', () => {
  let followed: Followed;
  beforeAll(async () => {
    followed = await follow();
  });

  it('type-checks in every table of all codes', { timeout: COMPILER_MS }, async () => {
    expect(await exhaustiveFiles(followed.root)).toEqual([EXITS_FILE]);
    expect(await typeProblems(followed)).toBe('');
  });

  it('is in the closed list, with its rule on every error', async () => {
    const { ERROR_CODES, AiImageError } = await load(followed, 'src/providers/protocol/errors.ts');

    expect(ERROR_CODES).toContain('maintenance');
    expect(new AiImageError('maintenance', 'closed until noon')).toMatchObject({
      mayRetry: true,
      mayFailOver: true,
      charged: 'no',
      endsJob: false,
    });
  });

  it('ends the command line with its exit code', async () => {
    const { exitOf } = await load(followed, EXITS_FILE);

    expect(exitOf('maintenance')).toBe('unavailable');
  });

  it('is in the table of docs/errors.md', async () => {
    const { ERROR_RULES } = await load(followed, RULES_FILE);

    expect(errorTable(ERROR_RULES)).toContain(
      '| `maintenance` | The vendor is closed for planned maintenance. | yes | yes | no |',
    );
  });

  it('is accepted by the contract, whose table then has it', () => {
    expect(contractProblems(followed)).toEqual([]);
    expect(planUpdate(followed.golden, followed.contract, followed.paper)).toMatchObject({
      contract: expect.stringContaining('| `maintenance` |'),
    });
  });

  it('names only files and functions that exist', async () => {
    const page = await readFile(PAGE, 'utf8');
    const paths = [...page.matchAll(/`(src\/[\w/.-]+\.ts)`/g)].map(([, path = '']) => path);

    for (const path of paths) await readFile(path);
    expect(await readFile('src/providers/kit/response/translate-error.ts', 'utf8')).toContain('function refusedCode(');
    expect(await readFile(RULES_FILE, 'utf8')).toContain('export const ERROR_CODES');
  });
});

describe('the check of the page', () => {
  it('finds a missing exit code', { timeout: COMPILER_MS }, async () => {
    const followed = await follow((page) => page.replace("  maintenance: 'unavailable',\n", ''));
    expect(await typeProblems(followed)).toContain('maintenance');
  });

  it('finds a rule without one of its fields', { timeout: COMPILER_MS }, async () => {
    const followed = await follow((page) => page.replace('...FREE_TO_RETRY, ', ''));
    expect(await typeProblems(followed)).toContain('charged');
  });

  it('finds an amendment without one of its sections', async () => {
    const followed = await follow((page) => page.replace('## Approval', '## Thanks'));
    expect(contractProblems(followed)).not.toEqual([]);
  });
});
