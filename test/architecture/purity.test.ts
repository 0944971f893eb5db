import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CheckSourceResult, checkSource, formatFinding } from '../../src/governance/check-source.ts';
import { PACKAGE_RULES } from '../../src/governance/rules.ts';
import { filesOf, root, sourceFiles } from './support/tree.ts';

describe('the source tree', () => {
  let result: CheckSourceResult;
  beforeAll(async () => {
    result = await checkSource({ directory: `${root}src`, root, rules: PACKAGE_RULES });
  }, 60_000);

  const of = (...rules: string[]) => result.findings.filter(({ rule }) => rules.includes(rule)).map(formatFinding);

  it('has adapters without network, clock, randomness, environment or classes', () => {
    expect(of('adapters-are-pure', 'adapters-have-no-classes')).toEqual([]);
  });

  it('P3: the source tree uses the network only in the transport', () => {
    expect(of('network-only-in-transport', 'fetch-is-passed-on')).toEqual([]);
  });

  it('reads the environment only in the module config', () => {
    expect(of('environment-only-in-config')).toEqual([]);
  });

  it('X05: the source tree has no eval, no shell, no randomness except jitter, and one place for JSON.parse', () => {
    expect(of('no-code-from-text', 'no-shell', 'randomness-only-for-jitter', 'json-is-parsed-in-one-place')).toEqual(
      [],
    );
  });

  it('has only literal imports and regular expressions', () => {
    expect(of('imports-are-literal', 'expressions-are-literal')).toEqual([]);
  });

  it('joins signals without AbortSignal.any in portable modules', () => {
    expect(of('portable-signals')).toEqual([]);
  });

  it('keeps no state on a global object, except the providers that the host sets', () => {
    expect(of('no-state-on-globals')).toEqual([]);
    const { except } = PACKAGE_RULES.find(({ id }) => id === 'no-state-on-globals') ?? {};
    expect(except?.map(({ path }) => path)).toEqual([
      'src/config/shared-providers.ts',
      'src/providers/protocol/errors.ts',
      'src/integrations/ai-sdk/sdk-mark.ts',
      'src/transport/platform/node/direct-node-fetch.ts',
    ]);
  });

  it('violates no other rule', () => {
    expect(result.findings.map(formatFinding)).toEqual([]);
  });

  it('is checked completely: each rule checked every file in its scope', () => {
    const exempt = (id: string) => PACKAGE_RULES.find((rule) => rule.id === id)?.except ?? [];
    const meant = (id: string, files: readonly string[]) =>
      files.filter((file) => !exempt(id).some(({ path }) => file === path || file.startsWith(`${path}/`))).length;
    expect(result.checked['adapters-are-pure']).toBe(meant('adapters-are-pure', filesOf('adapter', 'stub')));
    expect(result.checked['transport-names-no-domain']).toBe(filesOf('transport').length);
    expect(result.checked['transport-names-no-vendor']).toBe(meant('transport-names-no-vendor', filesOf('transport')));
    for (const id of [
      'network-only-in-transport',
      'environment-only-in-config',
      'json-is-parsed-in-one-place',
      'no-shell',
    ]) {
      expect(result.checked[id], id).toBe(meant(id, sourceFiles));
    }
    expect(Object.values(result.checked).every((count) => count > 5)).toBe(true);
  });

  it('has no exception for a file that no longer exists', () => {
    const files = PACKAGE_RULES.flatMap(({ except = [] }) => except.map(({ path }) => path)).filter((path) =>
      path.endsWith('.ts'),
    );
    expect(files.filter((path) => !existsSync(`${root}${path}`))).toEqual([]);
  });
});

describe('a planted violation', () => {
  /** Each line of the file is one violation that the rule must find. */
  const planted: [rule: string, file: string, lines: string[]][] = [
    [
      'adapters-are-pure',
      'src/providers/acme/index.ts',
      [
        "export const a = fetch('https://example.com');",
        'export const b = new XMLHttpRequest();',
        "export const c = new WebSocket('wss://example.com');",
        'export const d = Date.now();',
        'export const e = new Date();',
        'export const f = performance.now();',
        'setTimeout(() => {}, 1);',
        'setInterval(() => {}, 1);',
        'export const g = Math.random();',
        "export const h = Math['random']();",
        'export const { random } = Math;',
        'export const i = crypto.randomUUID();',
        'export const j = process.argv;',
        'export const k = globalThis.location;',
        'export const l = (globalThis as { key?: string }).key;',
        'export const m = window.name;',
        'export const n = self.name;',
        "console.warn('');",
        'export const p = (send: { fetch(url: string): void }) => send.fetch("");',
        'export const q = import.meta.env;',
        "export const r = localStorage.getItem('');",
        'export const s = { fetch };',
        'export const t = [setTimeout];',
        'export const u = (now = Date.now) => now();',
      ],
    ],
    [
      'adapters-have-no-classes',
      'src/providers/acme/index.ts',
      ['export class Client {}', 'export const c = class {};'],
    ],
    [
      'network-only-in-transport',
      'src/config/environment.ts',
      [
        "export const a = fetch('https://example.com');",
        "export const b = globalThis.fetch('https://example.com');",
        "export const c = globalThis['fetch'];",
        'export const { fetch: take } = globalThis;',
        'export const send = globalThis;',
        "import { request } from 'node:https'; request('');",
        "import * as http from 'http'; http.get('');",
        "export const d = (await import('node:https')).request;",
      ],
    ],
    [
      'fetch-is-passed-on',
      'src/providers/kit/run.ts',
      [
        'export const a = (settings: { fetch: (url: string) => void }) => settings.fetch("");',
        'export const b = ({ fetch }: { fetch: (url: string) => void }) => fetch("");',
      ],
    ],
    [
      'portable-signals',
      'src/manager/steps/wait.ts',
      [
        'export const a = AbortSignal.any([]);',
        'export const { any } = AbortSignal;',
        "export const b = globalThis.AbortSignal['any']([]);",
      ],
    ],
    [
      'environment-only-in-config',
      'src/apps/cli/imagen.ts',
      [
        'export const a = process.env.KEY;',
        "export const b = process['env'];",
        'export const { env } = process;',
        'export const whole = process;',
        'export const c = globalThis.process?.env;',
        'export const d = (globalThis as { process?: { env: object } }).process!.env;',
        "import { env as e } from 'node:process'; e.KEY;",
        "import node from 'node:process'; node.env.KEY;",
        "export { env as f } from 'process';",
        "export const g = require('process').env;",
        'export const h = import.meta.env.KEY;',
        "export const i = process.getBuiltinModule('node:process').env;",
      ],
    ],
    [
      'json-is-parsed-in-one-place',
      'src/providers/kit/schema/parse.ts',
      [
        "export const a = JSON.parse('{}');",
        'export const { parse } = JSON;',
        'export const b = [].map(JSON.parse);',
        'export const c = (reply: Response) => reply.json();',
      ],
    ],
    [
      'no-code-from-text',
      'src/apps/cli/imagen.ts',
      [
        "eval('1');",
        "(0, eval)('1');",
        "new Function('return 1');",
        "globalThis.eval('1');",
        "import vm from 'node:vm'; vm.runInThisContext('1');",
        "(() => {}).constructor('return 1')();",
        "setTimeout('1', 1);",
      ],
    ],
    [
      'no-shell',
      'src/apps/cli/imagen.ts',
      [
        "import { exec } from 'node:child_process'; exec('ls');",
        "import { execSync as run } from 'child_process'; run('ls');",
        "import * as children from 'node:child_process'; children.exec('ls');",
        "import { spawn } from 'node:child_process'; spawn('ls', [], { shell: true });",
        "export const a = (await import('node:child_process')).execSync;",
      ],
    ],
    [
      'randomness-only-for-jitter',
      'src/transport/retry.ts',
      ['export const id = Math.random();', 'export const maths = Math;'],
    ],
    [
      'imports-are-literal',
      'src/providers/registry.ts',
      [
        "export const a = (id: string) => import('./' + id);",
        `export const b = (id: string) => import(\`./\${id}.ts\`);`,
        'export const c = (id: string) => require(id);',
      ],
    ],
    [
      'no-state-on-globals',
      'src/providers/registry.ts',
      [
        'export const a = (name: string) => (globalThis as never)[name];',
        "export const b = Symbol.for('providers');",
        'const KEY = Symbol(); export const c = (globalThis as { [KEY]?: object })[KEY];',
        'globalThis.providers = new Map();',
        '(globalThis as { providers?: object }).providers ??= {};',
        'window.count += 1;',
        "(self as Record<string, unknown>)['providers'] = {};",
        'Object.assign(globalThis, { providers: [] });',
        "Object.defineProperty(globalThis, 'providers', { value: [] });",
      ],
    ],
    [
      'expressions-are-literal',
      'src/apps/server/filter.ts',
      [
        'export const a = (text: string) => new RegExp(text);',
        `export const b = (text: string) => RegExp(\`^\${text}\`);`,
      ],
    ],
  ];

  it.each(planted)('a planted %s is found with file and line', async (rule, file, lines) => {
    const { findings } = await checkSource({ files: { [file]: lines.join('\n') }, rules: PACKAGE_RULES });
    const found = findings.filter((finding) => finding.rule === rule);
    const missed = lines.filter((_, index) => !found.some(({ line }) => line === index + 1));
    expect(missed).toEqual([]);
    expect(found.map(formatFinding)[0]).toMatch(new RegExp(`^${file}:1 ${rule}: .+`));
  });

  it('is not reported for code that only looks like one', async () => {
    const innocent = [
      "import type { Settings } from './settings.ts';",
      'export type Send = typeof fetch;',
      'export interface Clock { readonly now: Date; readonly process: string }',
      'export const read = (settings: { process: string; Date: number; fetch?: typeof fetch }) => settings.process;',
      'export const named = { process: 1, window: 2, performance: 3 };',
      'export function local(process: { env: object }, console: string) { return [process.env, console]; }',
      "export const text = 'process.env JSON.parse fetch eval';",
      'export const performance = (model: string): Settings | string => model; performance("");',
      'export const pattern = /fetch/; export const rounded = Math.round(1.5); export const written = JSON.stringify({});',
      'export function self() { return self; }',
    ];
    const { findings } = await checkSource({
      files: { 'src/providers/acme/index.ts': innocent.join('\n') },
      rules: PACKAGE_RULES,
    });
    expect(findings.map(formatFinding)).toEqual([]);
  });

  it('is found although a declaration describes the global', async () => {
    const source = 'declare const process: { env: Record<string, string> };\nexport const key = process.env.KEY;';
    const { findings } = await checkSource({ files: { 'src/providers/kit/key.ts': source }, rules: PACKAGE_RULES });
    expect(findings.map(({ rule, line }) => `${line} ${rule}`)).toEqual(['2 environment-only-in-config']);
  });
});
