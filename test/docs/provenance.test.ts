/** docs/provenance.md: its examples run one after the other, and it lists every property that is written. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { markImage } from '../../src/provenance/index.ts';
import { createTestSigner } from '../provenance/support/certificate.ts';
import { FACTS } from '../provenance/support/facts.ts';
import { files } from '../providers/kit/image/samples.ts';

const page = await readFile('docs/provenance.md', 'utf8');
const examples = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
const entryPoint = new URL('../../src/provenance/index.ts', import.meta.url).href;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-image-docs-'));
  const { certificate, privateKey, root } = createTestSigner();
  const given = { 'fox.png': files.png, 'signer.pem': certificate, 'signer-key.pem': privateKey, 'roots.pem': root };
  await Promise.all(Object.entries(given).map(([name, data]) => writeFile(join(folder, name), data)));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('has examples that mark, sign and verify', async () => {
  const printed: string[] = [];
  for (const [at, code] of examples.entries()) {
    const script = `example-${at}.mts`;
    await writeFile(join(folder, script), code.replace("'@org/ai-image/store'", JSON.stringify(entryPoint)));
    const flags = ['--disable-warning=ExperimentalWarning', '--experimental-strip-types'];
    printed.push((await promisify(execFile)(process.execPath, [...flags, script], { cwd: folder })).stdout.trim());
  }
  expect(printed).toEqual([
    'image nothing was left out gpt-image-1',
    'true nothing was left out',
    expect.stringContaining('C2PA manifest: valid and trusted.'),
  ]);
});

it('lists every property that is written', async () => {
  const { bytes } = markImage(files.png, { ...FACTS, prompt: 'a fox' });
  const xmp = String((await sharp(bytes).metadata()).xmp);
  const written = [...xmp.matchAll(/<(\w+):(\w+)>/g)].map(([, prefix, name]) => [prefix, name] as const);
  expect(written.length).toBeGreaterThan(8);
  for (const [prefix, name] of written) {
    expect(page).toContain(prefix === 'aiImage' ? `\`${name}\`` : `\`${prefix}:${name}\``);
  }
});
