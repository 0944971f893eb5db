import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { checkSource, formatFinding } from '../../src/governance/check-source.ts';
import { PACKAGE_RULES, VENDOR_WORDS } from '../../src/governance/rules.ts';
import { filesOf, root } from './support/tree.ts';

/** The folder name of each provider counts as a vendor name too. */
const folders = [...new Set(filesOf('adapter').flatMap((file) => file.split('/')[2] ?? []))];
const vendors = [...VENDOR_WORDS, ...folders.map((folder) => folder.replaceAll('-', ''))];
const rules = PACKAGE_RULES.filter(({ id }) => id.startsWith('transport-')).map((rule) =>
  rule.words === VENDOR_WORDS ? { ...rule, words: vendors, textWords: vendors } : rule,
);
const files = filesOf('transport');

async function check(sources: Readonly<Record<string, string>>): Promise<string[]> {
  const { findings } = await checkSource({ files: sources, rules });
  return findings.map(formatFinding);
}

describe('the transport', () => {
  it('M4: the transport names no domain type and P4: no vendor, in any of its files', async () => {
    const { findings, checked } = await checkSource({ directory: `${root}src/transport`, root, rules });
    expect(findings.map(formatFinding)).toEqual([]);
    expect(checked['transport-names-no-domain']).toBe(files.length);
    expect(files.length).toBeGreaterThan(15);
  });

  it('M5: the transport returns raw bytes with metadata from the method that the contract names', async () => {
    const sources = await Promise.all(files.map((file) => readFile(`${root}${file}`, 'utf8')));
    const text = sources.join('\n');
    expect(text).toMatch(
      /generateImageBytes: \(call: \w+, context\?: \w+\) => Promise<readonly BytesWithMetadata\[\]>/,
    );
    expect(text).toMatch(
      /type BytesWithMetadata = readonly \[\s*(bytes: )?Uint8Array( \| undefined)?,\s*(metadata: )?(Readonly<Record<string, unknown>>|\w+),?\s*\]/,
    );
  });

  it('M4: the transport violates a rule if it names images, prompts or providers', async () => {
    const lines = [
      'export type Reply = AiImageResult;',
      'export const send = (request: ImageRequest) => request;',
      'export interface ModelCard {}',
      'export let provider: MediaProvider;',
      'export let handle: JobHandle;',
      'export const hash = (prompt: string) => prompt;',
      "export const read = (body: Record<string, string>) => body['prompt'];",
      'export const promptHash = 1;',
      'export const max_image_bytes = 1;',
      'export const IMAGES = 1;',
      'export class ImageBytes { #model = 1; }',
      "export const body = { 'image': 1 };",
      'export type Vendor = string;',
    ];
    const found = await check({ 'src/transport/planted.ts': lines.join('\n') });
    for (const [index, line] of lines.entries()) {
      const start = `src/transport/planted.ts:${index + 1} transport-names-no-domain: `;
      expect(
        found.some((each) => each.startsWith(start)),
        line,
      ).toBe(true);
    }
  });

  it.each([
    ['an identifier', 'export const openAiBaseUrl = 1;'],
    ['an identifier with another spelling', 'export const OPENAI_KEY = 1;'],
    ['an address', "export const base = 'https://api.openai.com/v1';"],
    ['a header', "export const header = 'x-stability-key';"],
    ['a template', `export const link = (id: string) => \`https://fal.run/\${id}\`;`],
    ['a regular expression', 'export const pattern = /replicate\\.com/;'],
  ])('P4: the transport violates a rule if it names a vendor in %s', async (_where, source) => {
    expect(await check({ 'src/transport/planted.ts': source })).toEqual([
      expect.stringMatching(/^src\/transport\/planted\.ts:1 transport-names-no-vendor: /),
    ]);
  });

  it('P4: the transport violates a rule if a file is named after a vendor', async () => {
    expect(await check({ 'src/transport/auth/bedrock.ts': 'export const sign = 1;' })).toHaveLength(1);
  });

  it('may use words that only contain a forbidden word', async () => {
    const source =
      'export const generateImageBytes = 1; export const remodelled = 2; export const falsy = 3; export const imagine = 4;';
    expect(await check({ 'src/transport/planted.ts': source })).toEqual([]);
  });

  it('P4: the transport is checked for the name of every provider', async () => {
    expect(folders.length).toBeGreaterThan(0);
    for (const folder of folders) {
      const source = `export const ${folder.replaceAll('-', '_')}_url = 1;`;
      expect(await check({ 'src/transport/planted.ts': source }), folder).toHaveLength(1);
    }
  });
});
