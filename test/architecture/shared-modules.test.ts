/** Test files of one worker share modules (`isolate: false`): a hook at the top level of a shared module runs for the first file alone. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { root } from './support/tree.ts';

const HOOK = /^(?:await )?(?:beforeAll|beforeEach|afterAll|afterEach)\(/m;

/** Every module below `test` that is not a test file itself. */
const sharedModules = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .sort();

it('no shared module of the tests registers a hook at its top level', () => {
  const found = sharedModules.filter((path) => HOOK.test(readFileSync(`${root}test/${path}`, 'utf8')));
  expect(found, 'register it in a function, or clean up with `onTestFinished`').toEqual([]);
  expect(sharedModules.length).toBeGreaterThan(40);
});

it('a planted hook is found, one inside a function is not', () => {
  expect(HOOK.test("import { afterAll } from 'vitest';\n\nafterAll(close);\n")).toBe(true);
  expect(HOOK.test('export function useFolder() {\n  afterEach(clean);\n}\n')).toBe(false);
});

it('every file that runs at two sizes is part of the heavy suite', () => {
  const callers = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
    .map((path) => `test/${path.replaceAll('\\', '/')}`)
    .filter(
      (path) =>
        path.endsWith('.test.ts') &&
        /\b(?:runsOf\(\d|someOf\(|isFullSize\()/.test(readFileSync(`${root}${path}`, 'utf8')),
    );
  const config = readFileSync(`${root}vitest.heavy.config.ts`, 'utf8');
  expect(callers.length).toBeGreaterThan(2);
  expect(callers.filter((path) => !config.includes(`'${path}'`))).toEqual([]);
});
