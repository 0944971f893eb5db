/** Follows docs/add-a-provider.md literally: its code must become a provider that passes every check of this repository. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSource, formatFinding } from '../../src/governance/check-source.ts';
import { PACKAGE_RULES } from '../../src/governance/rules.ts';
import type { CommonSettings, DefinedProvider } from '../../src/providers/registry.ts';
import { CONVERSATION_KINDS, checkProvider } from '../../src/testing/index.ts';
import { type FollowedPage, followPage, layOut } from '../docs/support/followed-page.ts';
import { blindSpots, settingsOf, walkProvider } from '../providers/kit/support/walk-models.ts';

const BIN = 'node_modules/.bin/';
/** The compiler and linter run in processes of their own, perhaps on a busy machine. */
const TOOL_MS = 600_000;

const PAGE = 'docs/add-a-provider.md';

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

/** Each check returns the problems it finds. */
const checks = {
  async types({ root }: Followed): Promise<readonly string[]> {
    const { code, output } = await run('tsc', ['-p', root, '--noEmit']);
    return code === 0 ? [] : [output];
  },

  async format({ files, registry }: Followed): Promise<readonly string[]> {
    // The conversations from the table are not formatted.
    const shown = Object.entries(files).filter(([, text]) => text.includes('\n'));
    const wrong: string[] = [];
    for (const [path, text] of [...shown, ['src/providers/registry.ts', registry] as const]) {
      const { code, output } = await run('biome', ['check', '--write', `--stdin-file-path=${path}`], text);
      if (code !== 0 || output !== text) wrong.push(`${path} should be:\n${output}`);
    }
    return wrong;
  },

  async rules({ files }: Followed): Promise<readonly string[]> {
    const { findings, checked } = await checkSource({ files, rules: PACKAGE_RULES });
    return checked['adapters-are-pure'] ? findings.map(formatFinding) : ['no adapter was checked'];
  },

  async walk(followed: Followed): Promise<readonly string[]> {
    const { definition, create } = await loadAcme(followed);
    const { dropped, missing, seen } = await walkProvider({ definition, create, given: {}, needs: {} });
    const blind = await blindSpots(create(settingsOf(definition, {})), definition.models, {});
    return [...dropped, ...missing, ...blind, ...(seen > 50 ? [] : [`only ${seen} plans were tried`])];
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

describe('a provider added by docs/add-a-provider.md', () => {
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
    ['passes the formatter and the linter', 'format'],
    ['follows the rules for adapters', 'rules'],
    ['drops no field and no option silently', 'walk'],
    ['passes the contract suite with its seven conversations', 'contract'],
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
    ['a missing conversation', 'contract', (text) => text.replace(/^\| `wrong-key\.json`.*\n/m, '')],
    ['another path', 'contract', (text) => text.replace('"path": "/v1/images"', '"path": "/v1/pictures"')],
  ])('finds %s', { timeout: TOOL_MS }, async (_, check, change) => {
    expect(await checks[check](await follow(change))).not.toEqual([]);
  });
});

describe('the table of definition fields', () => {
  it('names only fields that exist in the kit', async () => {
    const page = await readFile(PAGE, 'utf8');
    const rows =
      page
        .match(/^\| The vendor has[\s\S]*?\n\n/m)?.[0]
        .split('\n')
        .slice(2) ?? [];
    const named = rows.flatMap((row) => [...row.matchAll(/`([A-Za-z][\w.]*)(?=[(:`])/g)].map(([, name]) => name!));
    const sources = [
      'kit/adapter/provider-definition.ts',
      'kit/adapter/free-request-definitions.ts',
      'kit/adapter/job-definition.ts',
      'kit/adapter/reply-types.ts',
      'kit/adapter/request-args.ts',
      'kit/adapter/stream-definition.ts',
      'kit/adapter/about.ts',
      'kit/request/webhook-settings.ts',
      'kit/request/url-path.ts',
      'protocol/model-card.ts',
    ];
    const source = (await Promise.all(sources.map((path) => readFile(`src/providers/${path}`, 'utf8')))).join('\n');
    const isThere = (name: string) => name.split('.').every((word) => new RegExp(`\\b${word}\\b`).test(source));

    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name) => !isThere(name))).toEqual([]);
  });
});
