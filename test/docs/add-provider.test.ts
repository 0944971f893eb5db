/** Follows docs/providers.md literally: its code has to become a provider that passes every check of this repository. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSource, formatFinding } from '../../src/governance/check-source.ts';
import { HOUSE_RULES } from '../../src/governance/rules.ts';
import type { CommonSettings, DefinedProvider } from '../../src/providers/registry.ts';
import { CONVERSATION_KINDS, checkProvider } from '../../src/testing/index.ts';
import { blindSpots, settingsOf, walkProvider } from '../providers/kit/support/walk-models.ts';
import { type FollowedPage, followPage, layOut } from './support/followed-page.ts';

const BIN = 'node_modules/.bin/';
/** A compiler and a linter in processes of their own, on a busy machine. */
const TOOL_MS = 120_000;

const PAGE = 'docs/providers.md';

interface Followed extends FollowedPage {
  readonly root: string;
  readonly folder: string;
}

const roots: string[] = [];
afterAll(async () => {
  for (const root of roots) await rm(root, { recursive: true, force: true });
});

/** @param change what the page says instead */
async function follow(change = (text: string) => text): Promise<Followed> {
  const page = await followPage(change(await readFile(PAGE, 'utf8')));
  const root = await realpath(await mkdtemp(join(tmpdir(), 'ai-image-docs-')));
  roots.push(root);
  return { ...page, root, folder: await layOut(page, root) };
}

interface Outcome {
  readonly code: number;
  readonly output: string;
}

async function run(tool: string, args: readonly string[], input = ''): Promise<Outcome> {
  const running = promisify(execFile)(`${BIN}${tool}`, args);
  running.child.stdin?.end(input);
  return running.then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stdout, stderr }) => ({ code, output: `${stdout}${stderr}` }),
  );
}

async function loadAcme({ folder }: Followed): Promise<DefinedProvider<CommonSettings>> {
  const { acme } = await import(/* @vite-ignore */ pathToFileURL(join(folder, 'index.ts')).href);
  return acme;
}

/** Each finds what is wrong; empty when nothing is. */
const checks = {
  async types({ root }: Followed): Promise<readonly string[]> {
    const { code, output } = await run('tsc', ['-p', root, '--noEmit']);
    return code === 0 ? [] : [output];
  },

  async format({ files, registry }: Followed): Promise<readonly string[]> {
    // What is made from the table has no format.
    const shown = Object.entries(files).filter(([, text]) => text.includes('\n'));
    const wrong: string[] = [];
    for (const [path, text] of [...shown, ['src/providers/registry.ts', registry] as const]) {
      const { code, output } = await run('biome', ['check', '--write', `--stdin-file-path=${path}`], text);
      if (code !== 0 || output !== text) wrong.push(`${path} should be:\n${output}`);
    }
    return wrong;
  },

  async rules({ files }: Followed): Promise<readonly string[]> {
    const { findings, checked } = await checkSource({ files, rules: HOUSE_RULES });
    return checked['adapters-are-pure'] ? findings.map(formatFinding) : ['no adapter was looked at'];
  },

  async walk(followed: Followed): Promise<readonly string[]> {
    const { definition, create } = await loadAcme(followed);
    const { dropped, missing, seen } = await walkProvider({ definition, create, given: {}, needs: {} });
    const blind = await blindSpots(create(settingsOf(definition, {})), definition.models, {});
    return [...dropped, ...missing, ...blind, ...(seen > 50 ? [] : [`only ${seen} plans were seen`])];
  },

  async contract(followed: Followed): Promise<readonly string[]> {
    const { create } = await loadAcme(followed);
    const findings = await checkProvider({
      name: 'acme',
      create: (settings) => create({ ...settings, baseUrl: `${settings.baseUrl}/v1` }),
      fixtures: pathToFileURL(`${followed.folder}/fixtures/`),
    });
    return findings.map(({ check, message }) => `${check}: ${message}`);
  },
};
type Check = keyof typeof checks;

describe('a provider made by docs/providers.md', () => {
  let followed: Followed;
  beforeAll(async () => {
    followed = await follow();
  });

  it('has the three files of an adapter and a conversation of every kind', () => {
    const paths = Object.keys(followed.files);
    const kinds = Object.values(followed.files).flatMap((text) => /"kind": ?"([\w-]+)"/.exec(text)?.[1] ?? []);

    expect(paths.filter((path) => path.endsWith('.ts'))).toEqual(
      ['about', 'models', 'index'].map((name) => `src/providers/acme/${name}.ts`),
    );
    expect(kinds.sort()).toEqual(CONVERSATION_KINDS.filter((kind) => kind !== 'other').sort());
  });

  it.each<readonly [string, Check]>([
    ['type-checks, with its line in the registry', 'types'],
    ['is as the formatter and the linter want it', 'format'],
    ['keeps the rules for adapters', 'rules'],
    ['drops no field and no option', 'walk'],
    ['keeps the contract with its seven conversations', 'contract'],
  ])('%s', { timeout: TOOL_MS }, async (_, check) => {
    expect(await checks[check](followed)).toEqual([]);
  });

  it.each<readonly [string, Check, (text: string) => string]>([
    ['a value of another type', 'types', (text) => text.replace('maxImages: 1,', "maxImages: 'one',")],
    ['other quotes', 'format', (text) => text.replace("title: 'Acme 1'", 'title: "Acme 1"')],
    [
      'a class',
      'rules',
      (text) => text.replace('export const createAcme', 'export class Acme {}\nexport const createAcme'),
    ],
    ['a field that is not sent', 'walk', (text) => text.replace('sizeText(size), seed,', 'sizeText(size),')],
    ['a conversation that is not there', 'contract', (text) => text.replace(/^\| `wrong-key\.json`.*\n/m, '')],
    ['another path', 'contract', (text) => text.replace('"path": "/v1/images"', '"path": "/v1/pictures"')],
  ])('finds %s', { timeout: TOOL_MS }, async (_, check, change) => {
    expect(await checks[check](await follow(change))).not.toEqual([]);
  });
});

describe('the table of what a definition has', () => {
  it('names nothing that the kit does not have', async () => {
    const page = await readFile(PAGE, 'utf8');
    const rows =
      page
        .match(/^\| The vendor has[\s\S]*?\n\n/m)?.[0]
        .split('\n')
        .slice(2) ?? [];
    const named = rows.flatMap((row) => [...row.matchAll(/`([A-Za-z][\w.]*)(?=[(:`])/g)].map(([, name]) => name!));
    const sources = [
      'kit/adapter/definition.ts',
      'kit/adapter/about.ts',
      'kit/request/webhook-url.ts',
      'kit/request/path.ts',
      'protocol/model-card.ts',
    ];
    const source = (await Promise.all(sources.map((path) => readFile(`src/providers/${path}`, 'utf8')))).join('\n');
    const isThere = (name: string) => name.split('.').every((word) => new RegExp(`\\b${word}\\b`).test(source));

    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name) => !isThere(name))).toEqual([]);
  });
});
