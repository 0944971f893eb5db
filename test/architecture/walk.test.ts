/**
 * Checks the walk through one request in docs/architecture.md: it lists functions that really run, in this order, and is short enough to
 * read.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { withCompileCache } from '../support/temporary-root.ts';
import { root } from './support/tree.ts';

/** Each call runs in a Node process of its own, perhaps on a busy machine. */
const TRACE_MS = 60_000;

type Call = 'provider' | 'manager';

const MAX_FILES: Readonly<Record<Call, number>> = { provider: 8, manager: 14 };
/** The code that each call must lead the reader through. */
const MODULES: Readonly<Record<Call, readonly string[]>> = {
  provider: ['src/providers/registry.ts', 'src/providers/kit/', 'src/providers/openai/', 'src/transport/'],
  manager: ['src/manager/', 'src/providers/kit/', 'src/providers/openai/', 'src/transport/'],
};

interface Step {
  readonly file: string;
  readonly name: string;
}

const page = await readFile(`${root}docs/architecture.md`, 'utf8');

function stepsOf(call: Call): readonly Step[] {
  const table = page.match(new RegExp(`<!-- walk: ${call} -->([^]*?)<!-- /walk -->`))?.[1] ?? '';
  return [...table.matchAll(/^\| \d+ \| `([^`]+)` \| `([^`]+)` \|/gm)].map(([, file = '', name = '']) => ({
    file,
    name,
  }));
}

/** @returns `file#function` for every function that ran, in the order of the first calls */
async function traceOf(call: Call): Promise<readonly string[]> {
  const flags = ['--disable-warning=ExperimentalWarning', '--experimental-strip-types'];
  const args = [...flags, 'test/architecture/children/trace-call.ts', call];
  const env = { ...process.env, ...withCompileCache() };
  return JSON.parse((await promisify(execFile)(process.execPath, args, { cwd: root, env })).stdout);
}

/** @returns what is wrong with a walk, one line each */
function problemsOf(steps: readonly Step[], trace: readonly string[], call: Call): readonly string[] {
  const files = new Set(steps.map(({ file }) => file));
  const tooMany = files.size > MAX_FILES[call] ? [`${files.size} files, at most ${MAX_FILES[call]} are allowed`] : [];
  const missing = [...files].filter((file) => !existsSync(`${root}${file}`)).map((file) => `${file} does not exist`);
  const positions = steps.map(({ file, name }) => trace.indexOf(`${file}#${name}`));
  const wrong = steps.flatMap(({ file, name }, at) => {
    if (positions[at] === -1) {
      const called = trace.filter((each) => each.startsWith(`${file}#`)).map((each) => each.split('#')[1]);
      return [`${name} in ${file} did not run; these ran: ${called.join(', ') || 'none'}`];
    }
    const isLater = at === 0 || positions[at]! > positions[at - 1]!;
    return isLater ? [] : [`${name} in ${file} ran before the step above it`];
  });
  const unmentioned = MODULES[call]
    .filter((path) => trace.some((each) => each.startsWith(path)) && ![...files].some((file) => file.startsWith(path)))
    .map((path) => `no step is in ${path}`);
  return [...tooMany, ...missing, ...wrong, ...unmentioned];
}

it('docs/architecture.md names only source files that exist', () => {
  const named = [...page.matchAll(/\bsrc\/[\w./-]+\.ts\b/g)].map(([file]) => file);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((file) => !existsSync(`${root}${file}`))).toEqual([]);
});

describe.each<Call>(['provider', 'manager'])('the walk through a %s call', (call) => {
  let trace: readonly string[];
  const steps = stepsOf(call);
  beforeAll(async () => {
    trace = await traceOf(call);
  }, TRACE_MS);

  it('lists functions that run in this order, in a few files of every module on the way', () => {
    expect(steps.length).toBeGreaterThan(5);
    expect(problemsOf(steps, trace, call)).toEqual([]);
  });

  it('fails for a file that does not run, a file that does not exist and an unknown function', () => {
    const [first, ...others] = steps;
    for (const planted of [
      { file: 'src/transport/phases/websocket.ts', name: 'openWebSocket' },
      { file: 'src/transport/gone.ts', name: 'submit' },
      { file: first!.file, name: 'notThere' },
    ])
      expect(problemsOf([first!, planted, ...others.slice(1)], trace, call)).not.toEqual([]);
  });

  it('fails for a step in the wrong place, a module that is left out and too many files', () => {
    expect(problemsOf([...steps.slice(1), steps[0]!], trace, call)).toHaveLength(1);
    const withoutTransport = steps.filter(({ file }) => !file.startsWith('src/transport/'));
    expect(problemsOf(withoutTransport, trace, call)).toEqual(['no step is in src/transport/']);
    const everyFile = [...new Set(trace.map((each) => each.split('#')[0]!))].map((file) => ({
      file,
      name: trace.find((each) => each.startsWith(`${file}#`))!.split('#')[1]!,
    }));
    expect(problemsOf(everyFile, trace, call)[0]).toContain(`at most ${MAX_FILES[call]} are allowed`);
  });
});
