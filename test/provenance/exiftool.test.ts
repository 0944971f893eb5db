/** Reads marks with other tools: sharp, and exiftool if it is installed (Debian: libimage-exiftool-perl). */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markImage, readMark } from '../../src/provenance/index.ts';
import { files } from '../providers/kit/image/samples.ts';
import { FACTS } from './support/facts.ts';
import { jpegWithXmp, pngWithXmp, vendorXmp, webpWithChunk } from './support/files.ts';

const hasExiftool = spawnSync('exiftool', ['-ver']).status === 0;
const names = [
  'png',
  'pngInterlaced',
  'jpeg',
  'jpegProgressive',
  'webp',
  'webpLossless',
  'webpAlpha',
  'webpAnimated',
] as const;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-image-exiftool-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Returns all tags by exiftool's names, with their groups, including warnings and errors. */
async function tagsOf(bytes: Uint8Array, name: string): Promise<Record<string, string>> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  const printed = execFileSync('exiftool', ['-json', '-G1', '-a', '-n', path], { encoding: 'utf8' });
  return (JSON.parse(printed) as [Record<string, string>])[0];
}

const FACTS_WITH_PROMPT = { ...FACTS, prompt: 'a <red> fox & "friends" 狐\nin the snow' };

describe.each(names)('the mark in %s', (name) => {
  it.skipIf(!hasExiftool)('is read by exiftool without warnings', async () => {
    const tags = await tagsOf(markImage(files[name], FACTS_WITH_PROMPT).bytes, name);
    expect(tags).toMatchObject({
      'XMP-iptcExt:DigitalSourceType': 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia',
      'XMP-iptcExt:AISystemUsed': 'openai gpt-image-1',
      'XMP-iptcExt:AIPromptInformation': FACTS_WITH_PROMPT.prompt,
      'XMP-xmp:CreatorTool': '@org/ai-image 0.1.0',
      'XMP-xmp:CreateDate': '2026:01:31 12:00:00Z',
      'XMP-photoshop:Credit': 'Made with AI',
      'XMP-aiImage:Provider': 'openai',
      'XMP-aiImage:Model': 'gpt-image-1',
      'XMP-aiImage:PromptHash': FACTS.promptHash,
    });
    expect(Object.keys(tags).filter((tag) => /warning|error/i.test(tag))).toEqual([]);
  });

  it('is read by sharp, and the pixels are unchanged', async () => {
    const { bytes } = markImage(files[name], FACTS_WITH_PROMPT);
    expect(String((await sharp(bytes).metadata()).xmp)).toContain('digitalsourcetype/trainedAlgorithmicMedia<');
    const [before, after] = await Promise.all(
      [files[name], bytes].map((file) => sharp(file, { pages: -1 }).raw().toBuffer()),
    );
    expect(after!.equals(before!)).toBe(true);
  });
});

describe('a packet with properties of both tools', () => {
  const xmp = vendorXmp(
    'xmp:CreatorTool="Vendor"',
    '<dc:creator><rdf:Seq><rdf:li>Somebody</rdf:li></rdf:Seq></dc:creator>',
  ).replace('xmlns:ai="urn:ai-image:provenance:1#" ', '');
  const merged = [
    ['png', pngWithXmp(files.png, xmp)],
    ['jpeg', jpegWithXmp(files.jpeg, xmp)],
    ['webp', webpWithChunk(files.webp, 'XMP ', xmp)],
  ] as const;

  it.skipIf(!hasExiftool).each(merged)('is read by exiftool as one: %s', async (name, file) => {
    const tags = await tagsOf(markImage(file, FACTS).bytes, `merged-${name}`);
    expect(tags).toMatchObject({
      'XMP-xmp:CreatorTool': 'Vendor',
      'XMP-dc:Creator': 'Somebody',
      'XMP-aiImage:Model': 'gpt-image-1',
    });
    expect(Object.keys(tags).filter((tag) => /warning|error/i.test(tag))).toEqual([]);
  });

  it.skipIf(!hasExiftool).each(['png', 'jpeg', 'webp'] as const)(
    'is still read and replaced after exiftool has written it anew: %s',
    async (name) => {
      const path = join(folder, `rewritten-${name}`);
      await writeFile(path, markImage(files[name], FACTS).bytes);
      execFileSync('exiftool', ['-q', '-overwrite_original', '-XMP-dc:Title=A fox', path]);
      const bytes = await readFile(path);
      expect(readMark(bytes).mark).toMatchObject({ isOurs: true, model: 'gpt-image-1' });
      const again = markImage(bytes, { ...FACTS, model: 'newer' });
      expect(again.place).toBe('image');
      const tags = await tagsOf(again.bytes, `again-${name}`);
      expect(tags).toMatchObject({ 'XMP-aiImage:Model': 'newer', 'XMP-dc:Title': 'A fox' });
      expect(Object.keys(tags).filter((tag) => /warning|error/i.test(tag))).toEqual([]);
    },
  );
});
