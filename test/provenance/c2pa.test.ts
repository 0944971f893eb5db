import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ManifestReport, markImage, readMark, signImage, verifyManifest } from '../../src/provenance/index.ts';
import { files, svg } from '../providers/kit/image/samples.ts';
import { runsOf } from '../support/full-size.ts';
import { createTestSigner } from './support/certificate.ts';
import { FACTS, MARK } from './support/facts.ts';
import { jpegWith, pngWithXmp, segment, vendorXmp } from './support/files.ts';

const signer = createTestSigner();
const trusting = { trustedRoots: signer.root };
const VALID = {
  kind: 'found',
  isValid: true,
  signer: 'Test Studio',
  software: '@org/ai-image 0.1.0',
  digitalSource: 'trainedAlgorithmicMedia',
};
const messages = (report: ManifestReport) =>
  report.kind === 'found' ? report.problems.map((problem) => problem.message) : [];

const signable = Object.entries(files).filter(([name]) => /^(?:png|jpeg)/.test(name));

describe('a signed image', () => {
  it.each(signable)('is valid, and trusted with its root certificate: %s', async (_, file) => {
    const { bytes, isSigned, place, why } = await signImage(file, FACTS, signer);
    expect({ isSigned, place, why }).toEqual({ isSigned: true, place: 'image', why: undefined });
    expect(await verifyManifest(bytes, trusting)).toEqual({ ...VALID, isTrusted: true, problems: [] });
    expect(await verifyManifest(bytes)).toMatchObject({ ...VALID, isTrusted: false });
  });

  it.each(signable)('has the mark and the same pixels: %s', async (_, file) => {
    const { bytes } = await signImage(file, FACTS, signer);
    expect(readMark(bytes)).toMatchObject({ mark: MARK, manifest: 'present' });
    const [before, after] = await Promise.all([file, bytes].map((each) => sharp(each).raw().toBuffer()));
    expect(after!.equals(before!)).toBe(true);
    expect(bytes.length - file.length).toBeLessThan(6_000);
  });

  it('records an image made from another image', async () => {
    const facts = { ...FACTS, digitalSource: 'compositeWithTrainedAlgorithmicMedia' } as const;
    const { bytes } = await signImage(files.jpeg, facts, signer);
    expect(await verifyManifest(bytes, trusting)).toMatchObject({
      isTrusted: true,
      digitalSource: 'compositeWithTrainedAlgorithmicMedia',
    });
  });

  it('is valid with any texts in the facts', async () => {
    const text = fc.string({
      unit: fc.constantFrom('<', '狐', '\0', '\n', '"', ' ', 'a', '1.0', '\ud800', '🦊'),
      maxLength: 400,
    });
    await fc.assert(
      fc.asyncProperty(text, text, text, async (provider, model, software) => {
        const { bytes, isSigned } = await signImage(files.jpeg, { ...FACTS, provider, model, software }, signer);
        expect(isSigned).toBe(true);
        expect(await verifyManifest(bytes, trusting)).toMatchObject({ isTrusted: true });
      }),
      { numRuns: runsOf(100) },
    );
  });

  it('is signed without a prompt that is too long for the mark, and says so', async () => {
    const { bytes, isSigned, why } = await signImage(files.jpeg, { ...FACTS, prompt: 'x'.repeat(100_000) }, signer);
    expect({ isSigned, why }).toEqual({ isSigned: true, why: expect.stringContaining('prompt is not in the mark') });
    expect(await verifyManifest(bytes, trusting)).toMatchObject({ isTrusted: true });
  });

  it('is not trusted with another root certificate', async () => {
    const { bytes } = await signImage(files.png, FACTS, signer);
    const report = await verifyManifest(bytes, { trustedRoots: createTestSigner().root });
    expect(report).toMatchObject({ isValid: true, isTrusted: false });
    expect(messages(report)).toEqual(['the signer is not on a list of trusted signers']);
  });

  it('is invalid after a pixel or the mark was changed', async () => {
    for (const file of [files.png, files.jpeg]) {
      const { bytes } = await signImage(file, FACTS, signer);
      for (const at of [bytes.length - 20, Buffer.from(bytes).indexOf('<aiImage:model>') + 16]) {
        const changed = new Uint8Array(bytes);
        changed[at]! ^= 1;
        const report = await verifyManifest(changed, trusting);
        expect(report).toMatchObject({ isValid: false, isTrusted: false });
        expect(messages(report)).toContain('the image was changed after it was signed');
      }
    }
  });

  it('is not changed by another mark or signature', async () => {
    const { bytes } = await signImage(files.png, FACTS, signer);
    expect(markImage(bytes, FACTS).bytes).toBe(bytes);
    const again = await signImage(bytes, FACTS, signer);
    expect(again).toEqual({ bytes, isSigned: false, place: 'sidecar', why: expect.stringContaining('C2PA manifest') });
  });

  it('is signed also when the mark does not fit', async () => {
    const camera = pngWithXmp(
      files.png,
      vendorXmp('Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"'),
    );
    const { bytes, isSigned, place, why } = await signImage(camera, FACTS, signer);
    expect({ isSigned, place, why }).toEqual({
      isSigned: true,
      place: 'sidecar',
      why: expect.stringContaining('digitalCapture'),
    });
    expect(await verifyManifest(bytes, trusting)).toMatchObject({ isTrusted: true });
  });
});

describe('an image that is not signed', () => {
  it.each([
    ['WebP', files.webp, 'only PNG and JPEG'],
    ['GIF', files.gif, 'GIF files cannot be marked'],
    [
      'a manifest elsewhere',
      pngWithXmp(files.png, vendorXmp('dcterms:provenance="https://example.com/a"')),
      'has the address of a C2PA manifest',
    ],
    ['further pictures', jpegWith(files.jpeg, segment(0xe2, 'MPF\0MM\0*')), 'MPF'],
    ['a cut PNG', files.png.subarray(0, 100), 'ends inside chunk'],
    [
      'a PNG with bytes behind its end',
      Buffer.concat([files.png, Buffer.from('behind')]),
      'cannot read the whole file',
    ],
    [
      'a JPEG with fill bytes',
      jpegWith(files.jpeg, Buffer.from([0xff, 0xff]), segment(0xee, 'x')),
      'cannot read the whole file',
    ],
  ])('says why: %s', async (_, file, reason) => {
    const { isSigned, why, bytes } = await signImage(file, FACTS, signer);
    expect({ isSigned, why }).toEqual({ isSigned: false, why: expect.stringContaining(reason) });
    expect(readMark(bytes).manifest).not.toBe('present');
  });
});

describe('an invalid certificate or key', () => {
  const pem = { type: 'pkcs8', format: 'pem' } as const;
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  it.each([
    ['no certificate', { certificate: 'x' }, 'not in PEM format'],
    [
      'a damaged certificate',
      { certificate: signer.certificate.replace(/\n.{64}\n/, '\n') },
      'certificate cannot be read',
    ],
    ['a damaged key', { privateKey: 'x' }, 'private key cannot be read'],
    ['a key of another kind', { privateKey: rsa }, 'not on the curve P-256'],
    [
      'the key of another certificate',
      { privateKey: other.export(pem).toString() },
      'does not belong to the certificate',
    ],
    ['a certificate that has expired', { now: new Date('2051-01-01') }, 'the certificate is valid from'],
    ['a certificate of the future', { now: new Date('2019-01-01') }, 'the certificate is valid from'],
  ])('is refused before anything is signed: %s', async (_, change, message) => {
    await expect(signImage(files.png, FACTS, { ...signer, ...change })).rejects.toMatchObject({
      code: 'not_configured',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('P-256'),
    });
  });

  it('never shows the key', async () => {
    const half = signer.privateKey.slice(0, 150);
    const error = await signImage(files.png, FACTS, { ...signer, privateKey: half }).catch((caught: unknown) => caught);
    const line = half.split('\n')[1]!.slice(0, 20);
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain(line);
    expect((error as Error).cause).toBeUndefined();
  });

  it('accepts the key as an object, and intermediate certificates', async () => {
    const { createPrivateKey } = await import('node:crypto');
    const given = {
      certificate: `${signer.certificate}${createTestSigner().certificate}`,
      privateKey: createPrivateKey(signer.privateKey),
    };
    const { bytes } = await signImage(files.png, FACTS, given);
    expect(await verifyManifest(bytes, trusting)).toMatchObject({ isValid: true });
  });
});

describe('a file without a manifest', () => {
  it.each(['png', 'jpeg', 'webp', 'gif', 'avif'] as const)('is reported as absent: %s', async (name) => {
    expect(await verifyManifest(files[name])).toEqual({ kind: 'absent' });
  });

  it('may be another kind of file', async () => {
    expect(await verifyManifest(Buffer.from('hello'))).toEqual({ kind: 'absent' });
  });

  it('may have the address of a manifest, which is not fetched', async () => {
    let hits = 0;
    const server = createServer((_, response) => {
      hits += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const xmp = vendorXmp(`dcterms:provenance="http://127.0.0.1:${port}/manifest.c2pa"`);
    const report = await verifyManifest(pngWithXmp(files.png, xmp));
    server.close();
    expect(report).toEqual({ kind: 'elsewhere' });
    expect(hits).toBe(0);
  });
});

it('verifying hostile bytes never throws', async () => {
  const signed = await Promise.all(
    [files.png, files.jpeg].map(async (file) => (await signImage(file, FACTS, signer)).bytes),
  );
  const others = [files.webp, files.gif, files.avif, svg()];
  const change = fc.record({ at: fc.nat(), value: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...signed, ...others),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (file, changes, isCut) => {
        const bytes = new Uint8Array(file);
        for (const { at, value } of changes) bytes[at % bytes.length] = value;
        const report = await verifyManifest(isCut ? bytes.subarray(0, changes[0]!.at % bytes.length) : bytes, trusting);
        expect(['found', 'absent', 'elsewhere', 'unreadable']).toContain(report.kind);
      },
    ),
    { numRuns: runsOf(1_000) },
  );
});

describe('without the packages', () => {
  let folder = '';
  beforeAll(async () => {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    folder = await mkdtemp(join(tmpdir(), 'ai-image-provenance-'));
    for (const path of ['src/provenance', 'src/providers/protocol'])
      await cp(`${root}${path}`, join(folder, path), { recursive: true });
    await mkdir(join(folder, 'node_modules'));
    await symlink(`${root}node_modules/zod`, join(folder, 'node_modules/zod'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    const data = {
      file: files.png.toString('base64'),
      signed: Buffer.from((await signImage(files.png, FACTS, signer)).bytes).toString('base64'),
      signer,
      facts: FACTS,
    };
    await writeFile(join(folder, 'data.json'), JSON.stringify(data));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function run(source: string): Promise<string> {
    const script = `
      import data from './data.json' with { type: 'json' };
      import * as provenance from './src/provenance/index.ts';
      const [file, signed] = [data.file, data.signed].map((text) => Buffer.from(text, 'base64'));
      ${source}`;
    const options = [
      '--disable-warning=ExperimentalWarning',
      '--experimental-strip-types',
      '--input-type=module',
      '--eval',
      script,
    ];
    const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: folder });
    return stdout.trim();
  }
  const printError = 'catch((error) => console.log(error.code, error.message, error.hint));';

  it('signing names the package to install', async () => {
    expect(await run(`await provenance.signImage(file, data.facts, data.signer).${printError}`)).toBe(
      'not_configured signing an image needs the package @trustnxt/c2pa-ts, which is not installed Run: npm install @trustnxt/c2pa-ts',
    );
  });

  it('verifying names the package to install', async () => {
    expect(await run(`await provenance.verifyManifest(signed).${printError}`)).toBe(
      'not_configured verifying a C2PA manifest needs the package @contentauth/c2pa-wasm, which is not installed Run: npm install @contentauth/c2pa-wasm',
    );
  });

  it('marks are written and read, and the description says that the manifest was not checked', async () => {
    const printed = await run(`
      const { bytes } = provenance.markImage(file, data.facts);
      console.log(provenance.readMark(bytes).mark.model);
      for (const each of [bytes, signed]) console.log((await provenance.describeProvenance(each)).lines.find((line) => line.includes('C2PA')));`);
    expect(printed.split('\n')).toEqual([
      'gpt-image-1',
      'No C2PA manifest.',
      'C2PA manifest: not checked. verifying a C2PA manifest needs the package @contentauth/c2pa-wasm, which is not installed. Run: npm install @contentauth/c2pa-wasm',
    ]);
  });
});
