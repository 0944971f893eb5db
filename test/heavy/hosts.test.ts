/**
 * The packed package in every environment of `test/hosts`. With `UPDATE_DOCS=1`, what passed is written into docs/environments.md.
 * A host whose runtime cannot be installed here is skipped with the reason.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENVIRONMENTS } from '../hosts/support/environments.ts';
import { PAGE, rowOf, withRows } from '../hosts/support/environments-page.ts';
import { installHost, packPackage, RuntimeMissing, runHost } from '../hosts/support/host-projects.ts';
import { type ImageVendor, startImageVendor } from '../hosts/support/image-vendor.ts';

const chromium = findChromium();
const passed = new Map<string, string>();
/** The path of each installed project, by folder. */
const installed = new Map<string, Promise<string>>();
let folder: string;
let tarball: string;
let vendor: ImageVendor;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-image-hosts-'));
  tarball = await packPackage(folder);
  vendor = await startImageVendor();
});

afterAll(async () => {
  await vendor.close();
  await rm(folder, { recursive: true, force: true });
  if (process.env.UPDATE_DOCS) {
    await writeFile(PAGE, withRows(await readFile(PAGE, 'utf8'), ENVIRONMENTS, passed));
  }
});

/** Installs a host project once. */
function projectIn(name: string): Promise<string> {
  const target = join(folder, name);
  const project = installed.get(name) ?? installHost(`test/hosts/${name}`, target, tarball).then(() => target);
  installed.set(name, project);
  return project;
}

describe('the packed package makes images in', () => {
  it.for(ENVIRONMENTS)('$title', async (environment, { skip }) => {
    if (environment.needsChromium && chromium === undefined) skip('there is no `chromium` on the PATH');
    const project = await projectIn(environment.folder).catch((error: Error) => {
      return error instanceof RuntimeMissing ? skip(error.message) : Promise.reject(error);
    });
    const env = {
      BASE_URLS: JSON.stringify(vendor.baseUrls),
      ...environment.env,
      ...(environment.needsChromium && { CHROMIUM: chromium!.path }),
    };

    expect(await runHost(project, environment.args, env)).toEqual(environment.expected);
    const more = environment.needsChromium ? [chromium!.version] : [];
    passed.set(environment.title, rowOf(environment, new Date().toISOString().slice(0, 10), more));
  });
});

describe('a host project', () => {
  it('fails if the package makes no image there', async () => {
    const project = await projectIn('node');
    const { closed } = vendor.baseUrls;
    const env = { BASE_URLS: JSON.stringify({ vendor: closed, closed }) };

    await expect(runHost(project, ['modules.mjs'], env)).rejects.toThrow('ECONNREFUSED');
  });

  it('is missing, not failed, if npm cannot get its own packages', async () => {
    const source = join(folder, 'source');
    await mkdir(source);
    const packages = { 'a-package-outside-of-every-cache': '1.0.0' };
    await writeFile(join(source, 'package.json'), JSON.stringify({ private: true, devDependencies: packages }));
    await writeFile(join(source, '.npmrc'), 'offline=true\n');
    const install = installHost(source, join(folder, 'missing'), 'unused.tgz');

    await expect(install).rejects.toThrow(RuntimeMissing);
    await expect(install).rejects.toThrow('ENOTCACHED');
  });
});

function findChromium(): { readonly path: string; readonly version: string } | undefined {
  try {
    const path = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
    const [version] = /Chromium [\d.]+/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' })) ?? [];
    return { path, version: version ?? 'Chromium' };
  } catch {
    return undefined;
  }
}
