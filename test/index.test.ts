/** The entry point of the package: its exports, and the cost of importing it. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Project } from 'ts-morph';
import { describe, expect, it } from 'vitest';
import * as root from '../src/index.ts';

const entryPoint = fileURLToPath(new URL('../src/index.ts', import.meta.url));

/** The public API. Record every change of this list in CHANGELOG.md. */
const VALUES = [
  'AiImageError',
  'MEDIA_TYPES',
  'StubProvider',
  'createImageManager',
  'createProvider',
  'getProvider',
  'isAiImageError',
  'listProviders',
  'resetProviders',
  'setProvider',
  'toBase64',
  'toBlob',
  'toDataUrl',
  'toPortableJSON',
];
const TYPES = [
  'AiImageErrorCode',
  'AiImageErrorDetails',
  'AiImageProvider',
  'AiImageResult',
  'AppliedSettings',
  'Attempt',
  'Background',
  'BudgetLimits',
  'CallContext',
  'Candidate',
  'Charged',
  'CloseOptions',
  'CommonSettings',
  'Composed',
  'Cost',
  'DefinedProvider',
  'EditCapabilities',
  'EditRequest',
  'ErrorRule',
  'GenerateImageParams',
  'GeneratedImage',
  'Health',
  'ImageEvent',
  'ImageFailure',
  'ImageFormat',
  'ImageGeneration',
  'ImageLink',
  'ImageManager',
  'ImageManagerSettings',
  'ImagePrice',
  'ImageRequest',
  'ImageSize',
  'InputBounds',
  'JobHandle',
  'JobRecord',
  'ManagedGeneration',
  'ManagerContext',
  'ManagerEvent',
  'ManagerPlan',
  'ManagerRequest',
  'ManagerSettings',
  'MaskConvention',
  'MediaProvider',
  'MediaType',
  'ModelCard',
  'ModelsOptions',
  'OnUnsupported',
  'Operation',
  'OperationDifference',
  'PlannedRequest',
  'Pricing',
  'Profile',
  'ProviderAbout',
  'ProviderId',
  'ProviderListing',
  'ProviderOptions',
  'ProviderSettings',
  'Quality',
  'Refusal',
  'RequestPlan',
  'SafetyLevel',
  'Session',
  'SizeRule',
  'SizeWord',
  'StoredArtifact',
  'StoredGeneration',
  'StubCall',
  'StubSettings',
  'StylePreset',
  'Timing',
  'TokenRates',
  'Usage',
  'VendorProvider',
  'Warning',
  'WebhookHeaders',
  'WebhookReport',
];

describe('the entry point', () => {
  it('exports exactly these values', () => {
    expect(Object.keys(root).sort()).toEqual(VALUES);
  });

  it('exports exactly these types, each by name', () => {
    const file = new Project({ skipAddingFilesFromTsConfig: true }).addSourceFileAtPath(entryPoint);
    const named = file.getExportDeclarations().flatMap((each) => {
      expect(each.isNamespaceExport(), each.getText()).toBe(false);
      return each
        .getNamedExports()
        .map((one) => ({ name: one.getName(), isType: each.isTypeOnly() || one.isTypeOnly() }));
    });
    expect(file.getStatements().every((each) => each.getKindName() === 'ExportDeclaration')).toBe(true);
    expect(
      named
        .filter(({ isType }) => !isType)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(VALUES);
    expect(
      named
        .filter(({ isType }) => isType)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(TYPES);
  });
});

/** Imports the entry point in a process of its own and runs `work`. @returns what was loaded and what changed */
function inFreshProcess(work = ''): { loaded: string[]; changed: string[]; resources: string[]; readings: string[] } {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const state = () => [
      ...Reflect.ownKeys(globalThis).map(String),
      ...[Object, Array, Error, Uint8Array, Promise, Map].flatMap(({ name, prototype }) => Reflect.ownKeys(prototype).map((key) => name + '.' + String(key))),
      ...process.eventNames().map((name) => 'process on ' + String(name)),
    ];
    const readings = [];
    process.env = new Proxy(process.env, { get(target, name) { if (!String(name).startsWith('WATCH_')) readings.push(String(name)); return target[name]; } });
    const before = new Set(state());
    const root = await import(${JSON.stringify(entryPoint)});
    const read = [...readings];
    ${work}
    process.stdout.write(JSON.stringify({ loaded, changed: state().filter((each) => !before.has(each)), resources: process.getActiveResourcesInfo(), readings: read }));
  `;
  const args = [
    '--disable-warning=ExperimentalWarning',
    '--experimental-strip-types',
    '--input-type=module',
    '-e',
    script,
  ];
  return JSON.parse(
    execFileSync(process.execPath, args, { encoding: 'utf8', cwd: fileURLToPath(new URL('..', import.meta.url)) }),
  );
}

const outside = (loaded: readonly string[]) =>
  loaded.filter((url) => url.includes('/node_modules/') || url.startsWith('node:'));
const inside = (loaded: readonly string[]) =>
  loaded.filter((url) => url.includes('/src/')).map((url) => url.replace(/^.*\/src\//, ''));

describe('importing the entry point', () => {
  const { loaded, changed, resources, readings } = inFreshProcess();

  it('loads no npm package, no schema, no transport and no adapter', () => {
    expect(outside(loaded)).toEqual([]);
    expect(inside(loaded)).toContain('index.ts');
    expect(
      inside(loaded).filter((file) =>
        /^transport\/|\/(?:models|wire|service|request|define-provider|prepare)\.ts$/.test(file),
      ),
    ).toEqual([]);
    expect(
      inside(loaded)
        .filter((file) => /^providers\/(?:openai|stub)\//.test(file))
        .sort(),
    ).toEqual(['providers/openai/about.ts', 'providers/stub/about.ts', 'providers/stub/stub-provider.ts']);
    // Not counting the about.ts of each provider.
    expect(inside(loaded).filter((file) => !file.endsWith('/about.ts')).length).toBeLessThan(36);
  });

  it('has no side effects, as package.json says: no global, listener or timer, and the environment is not read', () => {
    expect({ changed, readings }).toEqual({ changed: [], readings: [] });
    expect(resources.filter((each) => /Timeout|Immediate|TCP|FSReq/.test(each))).toEqual([]);
  });

  it('and creating a provider loads no npm package: an adapter loads with its first call', () => {
    const named = inFreshProcess(`
      root.createProvider('openai', { apiKey: 'sk-test-0123456789' });
      root.getProvider('stub'); new root.StubProvider(); root.setProvider({ generateImage() {} })(); root.listProviders();
    `);
    expect(outside(named.loaded)).toEqual([]);
    expect(inside(named.loaded)).toEqual(inside(loaded));
  });
});

describe('createProvider and listProviders', () => {
  it('list every provider with the variables that may hold its key', () => {
    for (const { id, title, aliases, keyVariables } of root.listProviders()) {
      expect(title).not.toBe('');
      for (const name of [id, ...aliases]) {
        expect(root.createProvider(name as 'openai', { apiKey: 'sk-test-0123456789' }).id).toBe(id);
      }
      for (const variable of keyVariables) expect(variable).toMatch(/^[A-Z][A-Z0-9_]+$/);
    }
    const names = root.listProviders().flatMap(({ id, aliases }) => [id, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('refuse an unknown name', () => {
    expect(() => root.createProvider('opnai' as 'openai')).toThrow('unknown provider "opnai"');
  });
});
