import { performance } from 'node:perf_hooks';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { markImage, readMark } from '../../src/provenance/index.ts';
import { chunk, headerChunk } from '../providers/kit/image/make-png.ts';
import { files, svg } from '../providers/kit/image/samples.ts';
import { runsOf } from '../support/full-size.ts';
import { FACTS, MARK } from './support/facts.ts';
import {
  jpegWith,
  jpegWithXmp,
  pngParts,
  pngWithChunk,
  pngWithXmp,
  segment,
  vendorXmp,
  webpWithChunk,
  XMP_KEYWORD,
} from './support/files.ts';

const BASE = 'http://cv.iptc.org/newscodes/digitalsourcetype/';
const compressed = (xmp: string | Buffer) =>
  Buffer.concat([Buffer.from(`${XMP_KEYWORD}\x01\0en\0Metadaten\0`), deflateSync(xmp)]);
const inZtxt = (xmp: string | Buffer) => Buffer.concat([Buffer.from(`${XMP_KEYWORD}\0`), deflateSync(xmp)]);

describe('a mark of another tool', () => {
  it.each([
    ['an attribute', vendorXmp(`Iptc4xmpExt:DigitalSourceType="${BASE}trainedAlgorithmicMedia"`)],
    [
      'an element',
      vendorXmp(
        '',
        `<Iptc4xmpExt:DigitalSourceType>\n${BASE}trainedAlgorithmicMedia\n</Iptc4xmpExt:DigitalSourceType>`,
      ),
    ],
    ['a link', vendorXmp('', `<Iptc4xmpExt:DigitalSourceType rdf:resource="${BASE}trainedAlgorithmicMedia"/>`)],
    [
      'a list',
      vendorXmp(
        '',
        `<Iptc4xmpExt:DigitalSourceType><rdf:Bag><rdf:li>${BASE}trainedAlgorithmicMedia</rdf:li></rdf:Bag></Iptc4xmpExt:DigitalSourceType>`,
      ),
    ],
    [
      'a value with qualifiers',
      vendorXmp(
        '',
        `<Iptc4xmpExt:DigitalSourceType><rdf:Description><rdf:value>${BASE}trainedAlgorithmicMedia</rdf:value></rdf:Description></Iptc4xmpExt:DigitalSourceType>`,
      ),
    ],
    ['the name alone', vendorXmp('Iptc4xmpExt:DigitalSourceType="trainedAlgorithmicMedia"')],
    ['https', vendorXmp(`Iptc4xmpExt:DigitalSourceType="${BASE.replace('http', 'https')}trainedAlgorithmicMedia/"`)],
    [
      'another prefix',
      vendorXmp(`Iptc4xmpExt:DigitalSourceType="${BASE}trainedAlgorithmicMedia"`)
        .replaceAll('Iptc4xmpExt:', 'q:')
        .replace('xmlns:Iptc4xmpExt', 'xmlns:q'),
    ],
  ])('is read as %s, in every format', (_, xmp) => {
    const expected = { isOurs: false, isMadeByAi: true, digitalSource: 'trainedAlgorithmicMedia' };
    for (const file of [
      pngWithXmp(files.png, xmp),
      jpegWithXmp(files.jpeg, xmp),
      webpWithChunk(files.webp, 'XMP ', xmp),
    ]) {
      expect(readMark(file)).toMatchObject({ mark: expected, manifest: 'absent' });
    }
  });

  it('may be compressed in a PNG', () => {
    const xmp = vendorXmp(`Iptc4xmpExt:DigitalSourceType="${BASE}trainedAlgorithmicMedia"`);
    expect(readMark(pngWithChunk(files.png, 'iTXt', compressed(xmp))).mark).toMatchObject({ isMadeByAi: true });
  });

  it('is found in a PNG that sharp wrote, in a zTXt chunk', async () => {
    const xmp = vendorXmp(`Iptc4xmpExt:DigitalSourceType="${BASE}trainedAlgorithmicMedia"`);
    const file = await sharp(files.png).withXmp(xmp).png().toBuffer();
    expect(pngParts(file).map(({ type }) => type)).toContain('zTXt');
    expect(readMark(file)).toMatchObject({ mark: { isMadeByAi: true, isOurs: false }, manifest: 'absent' });
    const result = markImage(file, FACTS);
    expect(result.bytes).toBe(file);
    expect(result).toMatchObject({ place: 'sidecar', why: expect.stringContaining('"trainedAlgorithmicMedia"') });
  });

  it.each([
    ['zTXt', (xmp: string) => inZtxt(xmp)],
    ['tEXt', (xmp: string) => Buffer.from(XMP_KEYWORD + xmp)],
    ['tEXt in Latin-1', (xmp: string) => Buffer.from(XMP_KEYWORD + xmp, 'latin1')],
    ['zTXt in Latin-1', (xmp: string) => inZtxt(Buffer.from(xmp, 'latin1'))],
  ] as const)('is found in a PNG in a chunk %s, and its packet takes ours: no second one', (kind, write) => {
    const type = kind.slice(0, 4);
    const withType = vendorXmp(`Iptc4xmpExt:DigitalSourceType="${BASE}digitalCapture" xmp:CreatorTool="Caf\u00e9"`);
    const typed = pngWithChunk(files.png, type, write(withType.replace('\ufeff', '')));
    expect(readMark(typed).mark).toMatchObject({ digitalSource: 'digitalCapture', software: 'Caf\u00e9' });
    expect(markImage(typed, FACTS).bytes).toBe(typed);

    const plain = pngWithChunk(files.png, type, write(vendorXmp('dc:source="\u00e9"').replace('\ufeff', '')));
    const { bytes, place } = markImage(plain, FACTS);
    expect(place).toBe('image');
    const texts = pngParts(bytes).filter(({ data }) => data.toString('latin1', 0, 17) === 'XML:com.adobe.xmp');
    expect(texts.map((part) => part.type)).toEqual(['iTXt']);
    expect(texts[0]?.data.toString('utf8')).toContain('dc:source="\u00e9"');
    expect(readMark(bytes).mark).toMatchObject({ isOurs: true, provider: 'openai' });
  });

  it('B23: a mark of another tool is inflated up to a limit only, and the image is not marked then', () => {
    const bomb = Buffer.alloc(200_000_000);
    for (const file of [
      pngWithChunk(files.png, 'zTXt', inZtxt(bomb)),
      pngWithChunk(files.png, 'iTXt', compressed(bomb)),
    ]) {
      const before = process.memoryUsage().arrayBuffers;
      const result = markImage(file, FACTS);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
      expect(result.bytes).toBe(file);
      expect(result.why).toContain('larger than 1000000 bytes');
      expect(readMark(file)).toEqual({
        format: 'png',
        manifest: 'absent',
        why: expect.stringContaining('larger than'),
      });
    }
    const unknown = pngWithChunk(files.png, 'zTXt', Buffer.from(`${XMP_KEYWORD}\x01text`));
    expect(readMark(unknown).why).toContain('unknown compression');
    expect(readMark(pngWithChunk(files.png, 'zTXt', Buffer.from(XMP_KEYWORD))).why).toContain('unknown compression');
  });

  it('may say that the image was not made by AI', () => {
    const xmp = vendorXmp(`Iptc4xmpExt:DigitalSourceType="${BASE}digitalCapture" xmp:CreatorTool="A camera"`);
    expect(readMark(pngWithXmp(files.png, xmp)).mark).toEqual({
      isOurs: false,
      isMadeByAi: false,
      digitalSource: 'digitalCapture',
      software: 'A camera',
    });
  });

  it('may name an AI system without a source type', () => {
    const xmp = vendorXmp('Iptc4xmpExt:AISystemUsed="Some model" Iptc4xmpExt:AIPromptInformation="a fox"');
    expect(readMark(pngWithXmp(files.png, xmp)).mark).toEqual({
      isOurs: false,
      isMadeByAi: false,
      system: 'Some model',
      prompt: 'a fox',
    });
  });

  it('is not found in a packet without such properties', () => {
    expect(readMark(pngWithXmp(files.png, vendorXmp('xmp:CreatorTool="An editor"')))).toEqual({
      format: 'png',
      manifest: 'absent',
    });
    expect(
      readMark(
        pngWithChunk(
          files.png,
          'tEXt',
          Buffer.from(`Comment\0${vendorXmp(`Iptc4xmpExt:DigitalSourceType="${BASE}x"`)}`),
        ),
      ),
    ).toEqual({ format: 'png', manifest: 'absent' });
  });

  it('may have the address of a manifest', () => {
    const xmp = vendorXmp('dcterms:provenance="https://example.com/a.c2pa"');
    expect(readMark(jpegWithXmp(files.jpeg, xmp))).toEqual({ format: 'jpeg', manifest: 'elsewhere' });
  });
});

describe('unreadable parts', () => {
  it('of unsupported formats are reported, and the manifest is unknown', () => {
    expect(readMark(files.gif)).toEqual({
      format: 'gif',
      manifest: 'unknown',
      why: 'GIF files are not searched for marks.',
    });
    expect(readMark(files.avif)).toMatchObject({ format: 'avif', manifest: 'unknown' });
    expect(readMark(svg())).toMatchObject({ format: 'svg', manifest: 'unknown' });
    expect(readMark(Buffer.from('hello'))).toEqual({
      manifest: 'unknown',
      why: 'The format of the file is unknown.',
    });
  });

  it('of a truncated file are reported; what comes before them is read', () => {
    const { bytes } = markImage(files.png, FACTS);
    expect(readMark(bytes.subarray(0, -20))).toEqual({
      format: 'png',
      mark: MARK,
      manifest: 'unknown',
      why: 'The file ends inside chunk IDAT.',
    });
  });

  it('such as a damaged packet are reported', () => {
    expect(readMark(pngWithXmp(files.png, '<x'))).toEqual({
      format: 'png',
      manifest: 'absent',
      why: expect.stringContaining('has an XMP packet that'),
    });
    expect(readMark(pngWithChunk(files.png, 'iTXt', Buffer.from(`${XMP_KEYWORD}\0`))).why).toContain(
      'damaged XMP chunk',
    );
    expect(
      readMark(pngWithChunk(files.png, 'iTXt', Buffer.from(`${XMP_KEYWORD}\x01\0\0\0not deflated`))).why,
    ).toContain('compressed XMP chunk');
    expect(readMark(pngWithChunk(files.png, 'iTXt', Buffer.from(`${XMP_KEYWORD}\x07\0\0\0text`))).why).toContain(
      'unknown compression',
    );
  });
});

describe('hostile bytes', () => {
  const marked = [files.png, files.jpeg, files.webp, files.webpAnimated].map((file) =>
    Buffer.from(markImage(file, { ...FACTS, prompt: 'a fox' }).bytes),
  );
  const withPacket = [
    pngWithChunk(files.png, 'iTXt', compressed(vendorXmp('dc:source="x"'))),
    pngWithChunk(files.png, 'zTXt', inZtxt(vendorXmp('dc:source="x"'))),
    pngWithChunk(files.png, 'tEXt', Buffer.from(XMP_KEYWORD + vendorXmp('dc:source="x"'))),
    jpegWithXmp(files.jpeg, vendorXmp('ai:model="x" dc:source="y"')),
  ];

  it('never make reading or marking throw', () => {
    const mutation = fc.record({
      at: fc.nat(),
      value: fc.nat(255),
      kind: fc.constantFrom('set', 'insert', 'remove', 'cut'),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...marked, ...withPacket),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        (file, mutations) => {
          let bytes = file;
          for (const { at, value, kind } of mutations) {
            const place = at % (bytes.length + 1);
            const behind = kind === 'set' || kind === 'remove' ? place + 1 : place;
            const inserted = kind === 'set' || kind === 'insert' ? [value] : [];
            bytes =
              kind === 'cut'
                ? bytes.subarray(0, place)
                : Buffer.concat([bytes.subarray(0, place), Buffer.from(inserted), bytes.subarray(behind)]);
          }
          expect(['present', 'elsewhere', 'absent', 'unknown']).toContain(readMark(bytes).manifest);
          const { bytes: after, place } = markImage(bytes, FACTS);
          if (place === 'image') expect(readMark(after).mark).toMatchObject({ isOurs: true, provider: 'openai' });
          else expect(after).toBe(bytes);
        },
      ),
      { numRuns: runsOf(5_000) },
    );
  });

  it('in a packet with a valid checksum are read without throwing', () => {
    const pieces = [
      '<rdf:Description',
      '</rdf:Description>',
      '<rdf:RDF',
      '</rdf:RDF>',
      ' rdf:about=""',
      ' ai:model="x"',
      ' xmlns:ai="urn:ai-image:provenance:1#"',
      ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"',
      '<ai:model',
      '</ai:model>',
      '>',
      '/>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?x',
      '?>',
      '&amp;',
      '&#x0;',
      '&#xD800;',
      '"',
      "'",
      '=',
      ' ',
      'x',
      '\0',
      '\ufeff',
      '🦊',
      '\ud83e',
    ];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces), { maxLength: 30 }),
        fc.nat(),
        fc.boolean(),
        (parts, at, isInside) => {
          const whole = vendorXmp('ai:model="x"');
          const xmp = isInside
            ? whole.slice(0, at % whole.length) + parts.join('') + whole.slice(at % whole.length)
            : parts.join('');
          const file = webpWithChunk(files.webp, 'XMP ', xmp);
          readMark(file);
          const { bytes, place } = markImage(file, FACTS);
          if (place === 'image') expect(readMark(bytes).mark).toMatchObject({ isOurs: true, model: 'gpt-image-1' });
          else expect(bytes).toBe(file);
        },
      ),
      { numRuns: runsOf(3_000) },
    );
  });

  it('after a valid signature are read without throwing', () => {
    const signature = fc.constantFrom('\x89PNG\r\n\x1a\n', '\xff\xd8\xff', 'RIFF\x20\0\0\0WEBPVP8X', '');
    fc.assert(
      fc.property(signature, fc.uint8Array({ maxLength: 200 }), (start, rest) => {
        const bytes = Buffer.concat([Buffer.from(start, 'latin1'), rest]);
        readMark(bytes);
        expect(markImage(bytes, FACTS).place).toBe('sidecar');
      }),
      { numRuns: runsOf(3_000) },
    );
  });

  it('B23: hostile bytes are inflated up to the maximum size of a packet, at most four times', () => {
    const bomb = compressed(Buffer.alloc(100_000_000, ' '));
    const many = Buffer.concat([
      files.png.subarray(0, 33),
      ...Array.from({ length: 500 }, () => chunk('iTXt', bomb)),
      chunk('zTXt', bomb),
      chunk('iCCP', bomb),
      files.png.subarray(33),
    ]);
    const before = process.memoryUsage().arrayBuffers;
    const start = performance.now();
    expect(readMark(many).why).toContain('larger than 1000000 bytes');
    expect(markImage(many, FACTS).bytes).toBe(many);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('take linear time', () => {
    const half = 400_000;
    const texts = [
      '<a>'.repeat(half / 3),
      `<a>${'<b/>'.repeat(half / 4)}</a>`,
      `<a>${'&amp;'.repeat(half / 5)}</a>`,
      '<!--'.repeat(half / 4),
      '<![CDATA['.repeat(half / 9),
      `<a${' '.repeat(half)}`,
      `<a ${'x="" '.repeat(half / 5)}/>`,
      `<a ${Array.from({ length: half / 20 }, (_, at) => `xmlns:p${at}=""`).join(' ')}>${'<p0:a xmlns:q=""/>'.repeat(half / 20)}</a>`,
      vendorXmp('', '<ai:x/>'.repeat(half / 7)),
      vendorXmp(Array.from({ length: half / 20 }, (_, at) => `ai:p${at}="" dc:q${at}=""`).join(' ')),
    ];
    const secondsFor = (text: string) => {
      const file = webpWithChunk(files.webp, 'XMP ', text);
      const start = performance.now();
      readMark(file);
      markImage(file, FACTS);
      return (performance.now() - start) / 1000;
    };
    // The slowest file takes well under a second. Quadratic time would take minutes.
    for (const text of texts) expect(secondsFor(text), text.slice(0, 20)).toBeLessThan(5);
    const chunks = Buffer.concat([
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      headerChunk(1, 1),
      ...Array.from({ length: 120_000 }, () => chunk('iTXt', Buffer.from(XMP_KEYWORD))),
    ]);
    expect(readMark(chunks).why).toContain('100000 chunks');
    const segments = jpegWith(files.jpeg, ...Array.from({ length: 100_000 }, () => segment(0xe1, 'Exif\0')));
    expect(readMark(segments)).toEqual({ format: 'jpeg', manifest: 'absent' });
  });
});
