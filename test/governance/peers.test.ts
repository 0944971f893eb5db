import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;

/** A copy of the module in a folder where no package is installed. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-image-peers-'));
  await cp(`${root}src/governance`, join(folder, 'src/governance'), { recursive: true });
  await cp(`${root}contracts/architecture.json`, join(folder, 'contracts/architecture.json'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(source: string): Promise<string> {
  const script = `import * as governance from './src/governance/index.ts';\n${source}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: folder,
  });
  return stdout.trim();
}

const messageOf = (work: string) => `await ${work}.catch((error) => console.log(error.message));`;

it('names the package to install if ts-morph is missing', async () => {
  expect(await run(messageOf("governance.checkHostSource('src')"))).toBe(
    'governance: the source rules need the package ts-morph, which is not installed. Run: npm install --save-dev ts-morph',
  );
});

it('names the package to install if dependency-cruiser is missing', async () => {
  expect(await run(messageOf("governance.checkHostLayers('src')"))).toBe(
    'governance: the layer rules need the package dependency-cruiser, which is not installed. ' +
      'Run: npm install --save-dev dependency-cruiser',
  );
});

it('needs neither package for the preset and the rules, which are plain data', async () => {
  expect(
    await run(
      'console.log(governance.dependencyCruiserPreset().forbidden.length, governance.PACKAGE_RULES.length > 5);',
    ),
  ).toBe('2 true');
});
