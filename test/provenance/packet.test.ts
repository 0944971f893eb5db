import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { AI_SOURCES, markImage, type ProvenanceFacts, readMark } from '../../src/provenance/index.ts';
import { files } from '../providers/kit/image/samples.ts';
import { FACTS } from './support/facts.ts';
import { jpegWith, jpegWithXmp, pngWithXmp, segment, vendorXmp, webpWithChunk } from './support/files.ts';

const xmpOf = async (bytes: Uint8Array) => String((await sharp(bytes).metadata()).xmp);

/** Another XML reader: the SVG renderer accepts any well-formed XML as metadata, and nothing else. */
async function isWellFormed(packet: string): Promise<boolean> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><metadata>${packet}</metadata></svg>`;
  return sharp(Buffer.from(svg))
    .metadata()
    .then(
      () => true,
      () => false,
    );
}

/** Returns a text without control characters (except tab and line breaks), unpaired surrogates and characters that XML forbids. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are removed
const allowed = (text: string) => text.toWellFormed().replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]/g, '');

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '<',
      '>',
      '&',
      '"',
      "'",
      ']]>',
      '<!--',
      '?>',
      '&#0;',
      '&lt;',
      '\0',
      '\x1b',
      '\r',
      '\n',
      '\ud800',
      '\udc00',
      '\ufffe',
      'é',
      '狐',
      '🦊',
    ),
  }),
);
const anyFacts: fc.Arbitrary<ProvenanceFacts> = fc.record({
  digitalSource: fc.constantFrom(...AI_SOURCES),
  provider: anyText,
  model: anyText,
  promptHash: anyText,
  prompt: fc.option(anyText, { nil: undefined }),
  software: anyText,
  createdAt: anyText,
});

describe('a packet', () => {
  it('is well-formed XML for any texts, and returns them unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(anyFacts, fc.constantFrom('png', 'jpeg', 'webp'), async (facts, format) => {
        const { bytes, place } = markImage(files[format], facts);
        expect(place).toBe('image');
        expect(await isWellFormed(await xmpOf(bytes))).toBe(true);
        const { mark } = readMark(bytes);
        for (const field of ['provider', 'model', 'promptHash', 'prompt', 'software', 'createdAt'] as const) {
          const text = allowed(facts[field] ?? '');
          expect(mark?.[field], field).toBe(text.trim() === '' ? undefined : text);
        }
        expect(mark?.digitalSource).toBe(facts.digitalSource);
      }),
      { numRuns: 300 },
    );
  });

  it('is also damaged for the other reader when it is damaged', async () => {
    const packet = await xmpOf(markImage(files.png, FACTS).bytes);
    expect(await isWellFormed(packet)).toBe(true);
    expect(await isWellFormed(packet.replace('openai', 'open & ai'))).toBe(false);
    expect(await isWellFormed(packet.replace('openai', 'open\x01ai'))).toBe(false);
    expect(await isWellFormed(packet.replace('</rdf:RDF>', ''))).toBe(false);
  });

  it('has carriage returns as numbers, because readers turn plain ones into line feeds', async () => {
    const packet = await xmpOf(markImage(files.png, { ...FACTS, model: 'a\r\nb' }).bytes);
    expect(packet).toContain('<aiImage:model>a&#xD;\nb</aiImage:model>');
  });

  it('has its wrapper, and no web address of ours', async () => {
    const packet = await xmpOf(markImage(files.png, FACTS).bytes);
    expect(packet).toMatch(
      /^<\?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"\?><x:xmpmeta .+<\/x:xmpmeta><\?xpacket end="w"\?>$/s,
    );
    expect(packet).toContain('xmlns:aiImage="urn:ai-image:provenance:1#"');
  });
});

describe('an existing packet', () => {
  const inFormats = (xmp: string) => [
    ['png', pngWithXmp(files.png, xmp)] as const,
    ['jpeg', jpegWithXmp(files.jpeg, xmp)] as const,
    ['webp', webpWithChunk(files.webp, 'XMP ', xmp)] as const,
  ];

  it('keeps every byte; our description comes after the others', async () => {
    const xmp = vendorXmp(
      'xmp:CreatorTool="Vendor &amp; Sons"',
      '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">A fox</rdf:li></rdf:Alt></dc:title>',
    );
    for (const [format, file] of inFormats(xmp)) {
      const { bytes, place, why } = markImage(file, FACTS);
      expect({ format, place, why }).toEqual({ format, place: 'image', why: undefined });
      const merged = await xmpOf(bytes);
      const start = xmp.indexOf('</rdf:RDF>');
      expect(merged.startsWith(xmp.slice(0, start))).toBe(true);
      expect(merged.endsWith(xmp.slice(start))).toBe(true);
      expect(await isWellFormed(merged)).toBe(true);
      expect(merged.match(/CreatorTool/g)).toHaveLength(1);
      expect(readMark(bytes).mark).toMatchObject({ isOurs: true, provider: 'openai', software: FACTS.software });
    }
  });

  it('has its original bytes when our mark is removed, so that marking twice equals marking once', async () => {
    const xmp = vendorXmp('dc:source="x"');
    for (const [, file] of inFormats(xmp)) {
      const once = markImage(file, { ...FACTS, model: 'older', prompt: 'gone' }).bytes;
      const twice = markImage(once, FACTS).bytes;
      expect(Buffer.from(twice).equals(markImage(file, FACTS).bytes)).toBe(true);
      expect((await xmpOf(twice)).match(/aiImage:model>/g)).toHaveLength(2);
    }
  });

  it('is extended with the `rdf:about` of its descriptions', async () => {
    const xmp = vendorXmp('').replace('rdf:about=""', `rdf:about='uuid:"1"&amp;2'`);
    const merged = await xmpOf(markImage(pngWithXmp(files.png, xmp), FACTS).bytes);
    expect(merged).toContain('rdf:about="uuid:&quot;1&quot;&amp;2"');
    expect(await isWellFormed(merged)).toBe(true);
  });

  const SOURCES = 'http://cv.iptc.org/newscodes/digitalsourcetype';
  it.each([
    [
      'attribute',
      'trainedAlgorithmicMedia',
      vendorXmp(`Iptc4xmpExt:DigitalSourceType="${SOURCES}/trainedAlgorithmicMedia"`),
    ],
    [
      'element',
      'trainedAlgorithmicMedia',
      vendorXmp(
        '',
        '<Iptc4xmpExt:DigitalSourceType>https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia/</Iptc4xmpExt:DigitalSourceType>',
      ),
    ],
    [
      'the other AI type',
      'compositeWithTrainedAlgorithmicMedia',
      vendorXmp(`Iptc4xmpExt:DigitalSourceType="${SOURCES}/compositeWithTrainedAlgorithmicMedia"`),
    ],
    ['no AI', 'digitalCapture', vendorXmp(`Iptc4xmpExt:DigitalSourceType="${SOURCES}/digitalCapture"`)],
  ])('an existing packet with a digital source type prevents marking: %s', (_, term, xmp) => {
    for (const [format, file] of inFormats(xmp)) {
      const result = markImage(file, FACTS);
      expect(result.bytes, format).toBe(file);
      expect(result).toMatchObject({
        place: 'sidecar',
        why: expect.stringContaining(`already has the digital source type "${term}"`),
      });
      expect(readMark(result.bytes).mark).toMatchObject({ isOurs: false, digitalSource: term });
    }
  });

  it('an existing packet with our properties moved by another tool is still ours, and is replaced', async () => {
    const moved = vendorXmp(
      `Iptc4xmpExt:DigitalSourceType="${SOURCES}/trainedAlgorithmicMedia" dc:source="kept" ai:model="old" ai:provider="old"`,
    );
    const { bytes, place } = markImage(pngWithXmp(files.png, moved), FACTS);
    expect(place).toBe('image');
    expect((await xmpOf(bytes)).match(/Iptc4xmpExt:DigitalSourceType[ >=]/g)).toHaveLength(1);
    expect(readMark(bytes).mark).toMatchObject({ isOurs: true, model: 'gpt-image-1' });
  });

  it('keeps its own prompt; ours is written in our namespace', async () => {
    const xmp = vendorXmp('Iptc4xmpExt:AIPromptInformation="theirs"');
    const { bytes } = markImage(pngWithXmp(files.png, xmp), { ...FACTS, prompt: 'ours' });
    expect(await xmpOf(bytes)).toContain('theirs');
    expect(readMark(bytes).mark?.prompt).toBe('ours');
  });

  it('an existing packet that another tool rewrote loses only our old properties', async () => {
    const mixed = vendorXmp(
      'ai:provider="old" dc:source="kept" ai:model="old"',
      '<ai:promptHash>old</ai:promptHash><dc:format>kept too</dc:format>',
    );
    const { bytes } = markImage(pngWithXmp(files.png, mixed), FACTS);
    const merged = await xmpOf(bytes);
    expect(merged).not.toContain('old');
    expect(merged).toContain('dc:source="kept"');
    expect(merged).toContain('<dc:format>kept too</dc:format>');
    expect(await isWellFormed(merged)).toBe(true);
    expect(readMark(bytes).mark).toMatchObject({ provider: 'openai', model: 'gpt-image-1' });
  });

  it.each([
    [
      'says that a camera took it',
      vendorXmp('Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"'),
      '"digitalCapture"',
    ],
    [
      'names a manifest elsewhere',
      vendorXmp('dcterms:provenance="https://example.com/manifest.c2pa"'),
      'has the address of a C2PA manifest',
    ],
    ['is damaged', vendorXmp('').replace('</rdf:Description>', ''), 'closing tag that does not match'],
    ['declares entities', vendorXmp('').replace('<x:xmpmeta', '<!DOCTYPE x [<!ENTITY a "b">]><x:xmpmeta'), 'DOCTYPE'],
    ['uses an entity of its own', vendorXmp('dc:source="&a;"'), 'entity'],
    ['uses an undeclared prefix', vendorXmp('nobody:source="a"'), 'prefix'],
    ['has an attribute twice', vendorXmp('dc:source="a" dc:source="b"'), 'duplicate attribute'],
    ['has two RDF parts', vendorXmp('').replace(/(<rdf:RDF.+<\/rdf:RDF>)/s, '$1$1'), '2 rdf:RDF elements'],
    ['has no RDF part', '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>', '0 rdf:RDF elements'],
    ['has an empty RDF part', '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', 'empty RDF'],
    [
      'has something else in its RDF',
      vendorXmp('').replaceAll('rdf:Description', 'dc:Thing'),
      'other elements than descriptions',
    ],
    ['is nested deeply', vendorXmp('', `${'<dc:a>'.repeat(100)}${'</dc:a>'.repeat(100)}`), 'nested'],
    ['is nothing', '', 'no element'],
    ['is plain text', 'made by AI', 'outside its root element'],
    ['has two elements', '<a/><b/>', 'more than one root element'],
  ])('an existing packet that %s is not changed, nor is the image', (_, xmp, reason) => {
    for (const [, file] of inFormats(xmp)) {
      const result = markImage(file, FACTS);
      expect(result.bytes).toBe(file);
      expect(result).toMatchObject({ place: 'sidecar', why: expect.stringContaining(reason) });
    }
  });

  it('an existing packet that is not UTF-8, too large, or one of two is not changed', () => {
    const xmp = vendorXmp('dc:source="\u00e9"');
    const latin1 = jpegWith(
      files.jpeg,
      segment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${vendorXmp('dc:source="é"')}`, 'latin1')),
    );
    expect(markImage(latin1, FACTS).why).toContain('not UTF-8');
    expect(markImage(latin1, FACTS).bytes).toBe(latin1);
    const large = pngWithXmp(files.png, xmp.replace('dc:source="', `dc:source="${'x'.repeat(1_000_000)}`));
    expect(markImage(large, FACTS).why).toContain('larger than');
    expect(markImage(large, FACTS).bytes).toBe(large);
    const twice = pngWithXmp(pngWithXmp(files.png, xmp), xmp);
    expect(markImage(twice, FACTS).why).toContain('more than one XMP packet');
    expect(markImage(twice, FACTS).bytes).toBe(twice);
  });

  it('may end with zeros, begin with a byte order mark and contain comments', async () => {
    const xmp = `\ufeff<!-- a -->${vendorXmp('', '<!-- b --><dc:source><![CDATA[<&]]></dc:source>')}\0`;
    const { bytes, place } = markImage(webpWithChunk(files.webp, 'XMP ', xmp), FACTS);
    expect(place).toBe('image');
    expect((await xmpOf(bytes)).replace(/<rdf:Description xmlns:rdf.+?<\/rdf:Description>/s, '')).toBe(xmp);
  });
});
