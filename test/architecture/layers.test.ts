import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARCHITECTURE, allowedImports, moduleOf } from '../../src/governance/architecture.ts';
import { layerRules } from '../../src/governance/layers.ts';
import { root, sourceFiles } from './support/tree.ts';

const configuration: IConfiguration = createRequire(import.meta.url)(`${root}.dependency-cruiser.cjs`);

/** Follows every import below `src`, as the command line does. `tsconfig.core.json` leads `#platform` to the web's file. */
async function cruiseTree(baseDir: string, tsConfig = 'tsconfig.json'): Promise<ICruiseResult> {
  const { forbidden = [], options } = configuration;
  const fileName = join(baseDir, tsConfig);
  const { output } = await cruise(
    ['src'],
    { ...options, baseDir: resolve(baseDir), tsConfig: { fileName }, validate: true, ruleSet: { forbidden } },
    undefined,
    { tsConfig: extractTsConfig(fileName) },
  );
  if (typeof output === 'string') throw new Error(output);
  return output;
}

describe('the source tree', () => {
  let result: ICruiseResult;
  beforeAll(async () => {
    result = await cruiseTree(root);
  }, 60_000);

  it('M3 P3: the source tree has only the imports that contracts/architecture.json allows', () => {
    const { error, violations } = result.summary;
    expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
    expect(error).toBe(0);
  });

  it('is checked completely: every source file on disk', () => {
    const seen = new Set(result.modules.map(({ source }) => source));
    expect(sourceFiles.filter((file) => !seen.has(file))).toEqual([]);
    expect(sourceFiles.length).toBeGreaterThan(60);
    expect(result.summary.totalCruised).toBeGreaterThanOrEqual(sourceFiles.length);
  });

  it('is checked by the rules that the configuration file derives from the list of modules', () => {
    expect(configuration.forbidden).toEqual(layerRules(ARCHITECTURE));
    expect(configuration.forbidden?.every(({ severity }) => severity === 'error')).toBe(true);
  });

  it('imports no Node built-in module from a portable module, also indirectly, where `#platform` is the web', async () => {
    const { modules } = await cruiseTree(root, 'tsconfig.core.json');
    expect(modules.map(({ source }) => source)).toContain('src/transport/platform/web.ts');
    const bySource = new Map(modules.map((module) => [module.source, module]));
    const portable = new Set(ARCHITECTURE.modules.filter((module) => module.portable).map(({ name }) => name));
    const open = sourceFiles.filter(
      (file) => portable.has(moduleOf(ARCHITECTURE, file) ?? '') && !/\/platform\/node[./]/.test(file),
    );
    const reached = new Set(open);
    const found: string[] = [];
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      for (const { resolved, dependencyTypes } of bySource.get(file)?.dependencies ?? []) {
        if (dependencyTypes.some((type) => type === 'type-only' || type === 'type-import')) continue;
        if (dependencyTypes.includes('core')) found.push(`${file} -> ${resolved}`);
        else if (!reached.has(resolved)) {
          reached.add(resolved);
          open.push(resolved);
        }
      }
    }
    expect(found).toEqual([]);
  }, 60_000);
});

describe('contracts/architecture.json', () => {
  it('has a module for every source file', () => {
    expect(sourceFiles.filter((file) => moduleOf(ARCHITECTURE, file) === undefined)).toEqual([]);
  });

  it('names only modules that exist', () => {
    const names = ARCHITECTURE.modules.map(({ name }) => name);
    for (const module of ARCHITECTURE.modules) {
      const excluded = 'allBut' in module.mayImport ? module.mayImport.allBut : [];
      const named = [...allowedImports(ARCHITECTURE, module), ...(module.mayImportTypes ?? []), ...excluded];
      expect(
        named.filter((name) => !names.includes(name)),
        module.name,
      ).toEqual([]);
    }
  });

  it('M3: contracts/architecture.json lets the transport and the protocol import no other module', () => {
    const imports = (name: string) => ARCHITECTURE.modules.find((module) => module.name === name)?.mayImport;
    expect(imports('transport')).toEqual([]);
    expect(imports('protocol')).toEqual([]);
  });

  it('P3: contracts/architecture.json lets only the kit import the transport', () => {
    const importers = ARCHITECTURE.modules.filter((module) =>
      allowedImports(ARCHITECTURE, module).includes('transport'),
    );
    expect(importers.map(({ name }) => name)).toEqual(['kit']);
  });

  it('has no cycle of allowed imports', () => {
    const imports = new Map(
      ARCHITECTURE.modules.map((module) => [
        module.name,
        [...allowedImports(ARCHITECTURE, module), ...(module.mayImportTypes ?? [])],
      ]),
    );
    const reaches = (from: string, target: string, seen = new Set<string>()): boolean =>
      (imports.get(from) ?? []).some((next) => {
        if (next === target) return true;
        if (seen.has(next)) return false;
        seen.add(next);
        return reaches(next, target, seen);
      });
    expect(ARCHITECTURE.modules.map(({ name }) => name).filter((name) => reaches(name, name))).toEqual([]);
  });

  it('marks a module as planned only while it has no files', () => {
    const planned = ARCHITECTURE.modules.filter((module) => module.planned).map(({ name }) => name);
    const built = new Set(sourceFiles.map((file) => moduleOf(ARCHITECTURE, file)));
    expect(
      planned.filter((name) => built.has(name)),
      'remove `"planned": true`',
    ).toEqual([]);
  });

  it('lists every entry point of package.json, with the file path that the host rules expect', () => {
    const { exports } = createRequire(import.meta.url)(`${root}package.json`) as {
      exports: Record<string, string | { default: string }>;
    };
    const { general, providerLayerOnly } = ARCHITECTURE.entryPoints;
    for (const [entry, target] of Object.entries(exports)) {
      const pattern = entry.replace(/^\.\/providers\/[^/]+$/, './providers/*');
      expect([...general, ...providerLayerOnly]).toContain(pattern);
      if (typeof target === 'string') continue;
      const inside = entry === '.' ? '' : entry.slice(1);
      expect([`./dist${inside}.js`, `./dist${inside}/index.js`]).toContain(target.default);
    }
  });
});

/** A small tree without violations. */
const CLEAN: Readonly<Record<string, string>> = {
  'src/transport/platform/node/bytes.ts': "import 'node:zlib';\nexport const platform = 'node';\n",
  'src/transport/platform/node.ts': "export { platform } from './node/bytes.ts';\n",
  'src/transport/platform/web.ts': "export const platform = 'web';\n",
  'src/transport/index.ts': "import 'ky';\nexport { platform } from '#platform';\n",
  'src/providers/protocol/index.ts':
    "import 'zod/mini';\nexport type Result = string;\nexport const FORMATS = ['png'];\n",
  'src/providers/kit/index.ts': "export * from '../protocol/index.ts';\nexport * from '../../transport/index.ts';\n",
  'src/providers/acme/index.ts':
    "export { FORMATS } from '../kit/index.ts';\nexport type { Models } from './models.ts';\n",
  'src/providers/acme/models.ts':
    "import '../protocol/index.ts';\nexport type Models = string;\nexport const models = {};\n",
  'src/providers/umbra/index.ts': "export { FORMATS } from '../kit/index.ts';\n",
  'src/providers/stub/index.ts': "export { FORMATS } from '../kit/index.ts';\n",
  'src/providers/registry.ts': "export const load = () => import('./acme/index.ts');\nimport './umbra/index.ts';\n",
  'src/providers/wrap.ts': "export { FORMATS } from './kit/index.ts';\n",
  'src/config/environment.ts': "import 'node:process';\nimport '../providers/registry.ts';\n",
  'src/manager/index.ts':
    "import type { FORMATS } from '../providers/kit/index.ts';\nexport type F = typeof FORMATS;\nimport '../providers/wrap.ts';\n",
  'src/apps/cli/imagen.ts':
    "import 'node:fs';\nimport 'commander';\nimport '../../index.ts';\nimport '../../manager/index.ts';\n",
  'src/governance/index.ts':
    "import list from '../../contracts/architecture.json' with { type: 'json' };\nexport { list };\n",
  'src/index.ts': "import './config/environment.ts';\nexport { FORMATS } from './providers/stub/index.ts';\n",
};

const TARGET = '../providers/acme/models.ts';
/** Ways to import a file. */
const KINDS: readonly (readonly [kind: string, line: string])[] = [
  ['a value import', `import { models } from '${TARGET}'; models;`],
  ['an import for its effects', `import '${TARGET}';`],
  ['a type-only import', `import type { Models } from '${TARGET}'; export type M = Models;`],
  ['an import of one type among values', `import { type Models } from '${TARGET}'; export type M = Models;`],
  ['a dynamic import', `export const later = () => import('${TARGET}');`],
  ['a re-export', `export { models } from '${TARGET}';`],
  ['a re-export of everything', `export * from '${TARGET}';`],
  ['a type-only re-export', `export type { Models } from '${TARGET}';`],
  ['an import() type', `export type M = import('${TARGET}').Models;`],
  ['a require', `export const old = require('${TARGET}');`],
];

/** A line that violates a rule, and the file that it is in or beside. */
const PLANTED: readonly (readonly [what: string, file: string, line: string, rule: string])[] = [
  [
    'P3: an adapter importing the transport',
    'src/providers/acme/index.ts',
    "import '../../transport/index.ts';",
    'adapter-imports-only-allowed-modules',
  ],
  [
    'P3: the package entry point importing the transport',
    'src/index.ts',
    "import './transport/index.ts';",
    'root-imports-only-allowed-modules',
  ],
  [
    'P3: an app importing the transport',
    'src/apps/cli/imagen.ts',
    "import type {} from '../../transport/index.ts';",
    'app-imports-only-allowed-modules',
  ],
  [
    'an app importing one provider',
    'src/apps/cli/imagen.ts',
    "import '../../providers/acme/index.ts';",
    'app-imports-only-allowed-modules',
  ],
  [
    'a provider importing another',
    'src/providers/acme/index.ts',
    "import '../umbra/index.ts';",
    'adapter-imports-only-allowed-modules',
  ],
  [
    'a provider importing the stub',
    'src/providers/acme/index.ts',
    "import '../stub/index.ts';",
    'adapter-imports-only-allowed-modules',
  ],
  [
    'the stub importing a provider',
    'src/providers/stub/index.ts',
    "import '../acme/index.ts';",
    'stub-imports-only-allowed-modules',
  ],
  [
    'the protocol importing the kit',
    'src/providers/protocol/index.ts',
    "import type {} from '../kit/index.ts';",
    'protocol-imports-only-allowed-modules',
  ],
  [
    'the manager importing the list of providers',
    'src/manager/index.ts',
    "import '../providers/registry.ts';",
    'manager-imports-only-allowed-modules',
  ],
  [
    'the manager taking a value of the kit',
    'src/manager/index.ts',
    "import '../providers/kit/index.ts';",
    'manager-imports-only-types',
  ],
  [
    'the testing module importing a provider',
    'src/testing/suite.ts',
    "import '../providers/acme/index.ts';",
    'testing-imports-only-allowed-modules',
  ],
  [
    'governance importing another module',
    'src/governance/index.ts',
    "import '../config/environment.ts';",
    'governance-imports-only-allowed-modules',
  ],
  [
    'a module importing a file outside the source',
    'src/config/environment.ts',
    "import '../../package.json' with { type: 'json' };",
    'config-imports-only-allowed-modules',
  ],
  ['a built-in module in an adapter', 'src/providers/acme/index.ts', "import 'node:fs';", 'adapter-without-node'],
  [
    'a type of a built-in module in the kit',
    'src/providers/kit/index.ts',
    "import type {} from 'fs/promises';",
    'kit-without-node',
  ],
  [
    'a built-in module loaded by name',
    'src/providers/kit/index.ts',
    "process.getBuiltinModule('node:fs');",
    'kit-without-node',
  ],
  [
    'a built-in module outside the Node platform files',
    'src/transport/index.ts',
    "import 'node:zlib';",
    'transport-without-node',
  ],
  ['zod in the transport', 'src/transport/index.ts', "import 'zod/mini';", 'transport-packages'],
  [
    'a type of a package in the transport',
    'src/transport/index.ts',
    "export type Z = import('zod').ZodType;",
    'transport-packages',
  ],
  [
    'all of zod where only zod/mini is allowed',
    'src/providers/kit/index.ts',
    "import * as z from 'zod'; z;",
    'kit-packages',
  ],
  [
    'a value of a package of which only types are allowed',
    'src/apps/cli/imagen.ts',
    "import * as z from 'zod'; z;",
    'app-packages-at-run-time',
  ],
  [
    'a package that package.json does not list',
    'src/config/environment.ts',
    "import 'is-network-error';",
    'no-unlisted-package',
  ],
  ['an import that cannot be resolved', 'src/config/environment.ts', "import './missing.ts';", 'no-unresolvable'],
  ['a file in no module', 'src/helpers.ts', "import './index.ts';", 'every-file-is-in-a-module'],
  ['a file without imports or importers', 'src/config/alone.ts', 'export const alone = 1;', 'no-orphan'],
];

/** Beside a file of the tree; a file that is a module by itself, or that is new, has the line itself. */
const placeOf = (file: string, at: number) =>
  file === 'src/index.ts' || !(file in CLEAN) ? file : join(dirname(file), `planted-${at}.ts`);

describe('a planted violation', () => {
  let tree: string;

  beforeAll(async () => {
    tree = await mkdtemp(join(tmpdir(), 'ai-image-layers-'));
    for (const [file, source] of Object.entries(CLEAN)) {
      await mkdir(dirname(join(tree, file)), { recursive: true });
      await writeFile(join(tree, file), source);
    }
    await mkdir(join(tree, 'contracts'));
    await cp(`${root}contracts/architecture.json`, join(tree, 'contracts/architecture.json'));
    for (const file of ['package.json', 'tsconfig.json']) await cp(`${root}${file}`, join(tree, file));
    await symlink(`${root}node_modules`, join(tree, 'node_modules'));
  });
  afterAll(() => rm(tree, { recursive: true, force: true }));

  /** Returns the rules that are violated when `line` is added to `file`. */
  async function broken(file: string, line: string): Promise<string[]> {
    const before = CLEAN[file];
    await mkdir(dirname(join(tree, file)), { recursive: true });
    await writeFile(join(tree, file), `${before ?? ''}${line}\n`);
    try {
      const { summary } = await cruiseTree(tree);
      return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
    } finally {
      if (before === undefined) await rm(join(tree, file));
      else await writeFile(join(tree, file), before);
    }
  }

  it('is the only one: without it the small tree has no violation', async () => {
    expect(await broken('src/index.ts', '')).toEqual([]);
  });

  describe('beside others, each in a file of its own', () => {
    let found: ICruiseResult['summary']['violations'];
    beforeAll(async () => {
      const planted = [
        ...KINDS.map(([, line], at) => [`src/transport/kind-${at}.ts`, line] as const),
        ...PLANTED.map(([, file, line], at) => [placeOf(file, at), line] as const),
      ];
      for (const [file, line] of planted) {
        await mkdir(dirname(join(tree, file)), { recursive: true });
        await writeFile(join(tree, file), `${CLEAN[file] ?? ''}${line}\n`);
      }
      found = (await cruiseTree(tree)).summary.violations;
      for (const [file] of planted) {
        if (CLEAN[file] === undefined) await rm(join(tree, file));
        else await writeFile(join(tree, file), CLEAN[file]);
      }
    });
    const rulesOf = (file: string) => found.filter(({ from }) => from === file).map(({ rule }) => rule.name);

    it.each(KINDS.map(([kind], at) => [kind, at] as const))(
      'M3: %s from the transport to a provider is found',
      (_kind, at) => {
        expect(rulesOf(`src/transport/kind-${at}.ts`)).toContain('transport-imports-only-allowed-modules');
      },
    );

    it.each(PLANTED.map(([what, file, , rule], at) => [what, placeOf(file, at), rule] as const))(
      '%s is found',
      (_what, file, rule) => {
        expect(rulesOf(file)).toContain(rule);
      },
    );
  });

  it('a file in no module is found at its importer as well', async () => {
    await writeFile(join(tree, 'src/helpers.ts'), 'export const help = true;\n');
    try {
      expect(await broken('src/manager/index.ts', "export * from '../helpers.ts';")).toEqual([
        'every-import-is-in-a-module',
        'manager-imports-only-allowed-modules',
      ]);
    } finally {
      await rm(join(tree, 'src/helpers.ts'));
    }
  });

  it('a cycle of files that import each other is found, also if only types close the cycle', async () => {
    await writeFile(
      join(tree, 'src/providers/acme/wire.ts'),
      "import { FORMATS } from './index.ts';\nexport const wire = FORMATS;\n",
    );
    try {
      expect(await broken('src/providers/acme/index.ts', "import './wire.ts';")).toEqual(['no-cycle']);
      expect(await broken('src/providers/acme/index.ts', "export type W = import('./wire.ts').wire;")).toEqual([
        'no-cycle',
      ]);
      expect(await broken('src/providers/acme/index.ts', "import type { wire } from './wire.ts';")).toEqual([
        'no-cycle',
      ]);
    } finally {
      await rm(join(tree, 'src/providers/acme/wire.ts'));
    }
  });
});
