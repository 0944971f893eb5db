import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeProvenance, markImage, signImage } from '../../src/provenance/index.ts';
import { files } from '../providers/kit/image/samples.ts';
import { createTestSigner } from './support/certificate.ts';
import { FACTS } from './support/facts.ts';
import { pngWithXmp, vendorXmp } from './support/files.ts';

const signer = createTestSigner();
const marked = markImage(files.png, FACTS).bytes;
const sha256 = createHash('sha256').update(marked).digest('hex');

describe('a description', () => {
  it('tells what a marked image and its sidecar say', async () => {
    const sidecar = {
      id: 'fox',
      sha256: sha256.toUpperCase(),
      provider: 'openai',
      model: 'gpt-image-1',
      cost: { usd: 1 },
    };
    expect(await describeProvenance(marked, sidecar)).toMatchObject({
      hash: 'holds',
      sha256,
      manifest: { kind: 'absent' },
      sidecar: { provider: 'openai', model: 'gpt-image-1' },
      lines: [
        'Mark: the image is made by AI (trainedAlgorithmicMedia).',
        'Provider openai, model gpt-image-1.',
        'Written by: @org/ai-image 0.1.0.',
        'Made at: 2026-01-31T12:00:00Z.',
        'Credit: Made with AI.',
        'Hash of the prompt: 0123456789abcdef.',
        'A mark is a claim: anyone can add or remove one.',
        'No C2PA manifest.',
        'Sidecar: the hash matches. The file was not changed since the sidecar was written.',
      ],
    });
  });

  it('tells that an image has no mark, manifest and sidecar', async () => {
    const { lines, hash } = await describeProvenance(files.jpeg);
    expect(lines).toEqual([
      'No mark: the file does not say how the image was made.',
      'No C2PA manifest.',
      'No sidecar.',
    ]);
    expect(hash).toBe('unknown');
  });

  it('tells that an image does not match its sidecar', async () => {
    const { lines, hash } = await describeProvenance(marked, { sha256: '00', provider: 'fal', model: 'flux' });
    expect(hash).toBe('differs');
    expect(lines.slice(-3)).toEqual([
      'Sidecar: the hash DIFFERS. The file was changed, or the sidecar belongs to another file.',
      'The sidecar gives fal as the provider, but the mark gives openai.',
      'The sidecar gives flux as the model, but the mark gives gpt-image-1.',
    ]);
  });

  it.each([[null], ['text'], [[]], [{ sha256: 5 }], [{}]])('accepts any value as a sidecar: %j', async (sidecar) => {
    expect(await describeProvenance(marked, sidecar)).toMatchObject({ hash: 'unknown' });
  });

  it('tells whether a signed image is trusted, not trusted or changed', async () => {
    const { bytes } = await signImage(
      files.jpeg,
      { ...FACTS, digitalSource: 'compositeWithTrainedAlgorithmicMedia' },
      signer,
    );
    const trusted = await describeProvenance(bytes, undefined, { trustedRoots: signer.root });
    expect(trusted.lines).toEqual(
      expect.arrayContaining([
        'Mark: the image is partly made by AI (compositeWithTrainedAlgorithmicMedia).',
        'C2PA manifest: valid and trusted.',
        'Signed by: Test Studio.',
        'Signed with: @org/ai-image 0.1.0.',
        'Signed as: compositeWithTrainedAlgorithmicMedia.',
      ]),
    );
    expect((await describeProvenance(bytes)).lines).toEqual(
      expect.arrayContaining([
        'C2PA manifest: valid, not trusted.',
        'Signed by: Test Studio (not verified).',
        'Problem: the signer is not on a list of trusted signers.',
      ]),
    );
    bytes[bytes.length - 20]! ^= 1;
    expect((await describeProvenance(bytes)).lines).toEqual(
      expect.arrayContaining(['C2PA manifest: NOT VALID.', 'Problem: the image was changed after it was signed.']),
    );
  });

  it('tells of a mark by another tool, and of a manifest at another address', async () => {
    const camera = vendorXmp(
      'Iptc4xmpExt:DigitalSourceType="digitalCapture" dcterms:provenance="https://example.com/a"',
    );
    expect((await describeProvenance(pngWithXmp(files.png, camera))).lines).toEqual([
      'Mark: the file gives "digitalCapture" as its digital source type.',
      'A mark is a claim: anyone can add or remove one.',
      'C2PA manifest: stored at another address. It was not fetched, so it was not checked.',
      'No sidecar.',
    ]);
    const system = vendorXmp('Iptc4xmpExt:AISystemUsed="A model"');
    expect((await describeProvenance(pngWithXmp(files.png, system))).lines.slice(0, 2)).toEqual([
      'Mark: the file names an AI system but gives no digital source type.',
      'AI system: A model.',
    ]);
  });

  it('tells that a file is damaged, or of another kind', async () => {
    expect((await describeProvenance(marked.subarray(0, 200))).lines).toContain('The file ends inside chunk iTXt.');
    expect((await describeProvenance(Buffer.from('hello'))).lines).toEqual([
      'No mark: the file does not say how the image was made.',
      'The format of the file is unknown.',
      'No C2PA manifest.',
      'No sidecar.',
    ]);
    expect((await describeProvenance(files.gif)).lines).toContain('GIF files are not searched for marks.');
  });

  it('is safe to print, whatever the file and the sidecar contain', async () => {
    const hostile = fc.string({
      unit: fc.constantFrom('\x1b[31m', '\r', '\n', '\u0085', '\u202e', '\u2028', 'a', '🦊', '\ud800'),
      maxLength: 500,
    });
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (first, second) => {
        const { bytes } = markImage(files.webp, {
          ...FACTS,
          provider: first,
          model: second,
          prompt: first,
          software: second,
        });
        const { lines } = await describeProvenance(bytes, { provider: second, model: first, sha256: second });
        for (const line of lines) {
          expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
          expect([...line].length).toBeLessThanOrEqual(200);
        }
      }),
      { numRuns: 200 },
    );
  });
});
