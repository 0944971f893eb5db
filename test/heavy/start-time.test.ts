/** The start time of the command line. The bounds are wide: `npm run bench start` has the goals. */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleImagen, type Imagen } from '../apps/cli/process-support.ts';

const ROUNDS = 15;

let command: Imagen;
beforeAll(async () => {
  command = await bundleImagen();
});
afterAll(() => command.stop());

function timeNode(args: readonly string[]): number {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, args, { cwd: tmpdir(), env: { HOME: tmpdir() } });
  expect(status).toBe(0);
  return performance.now() - startedAt;
}

/** Other load on the machine only ever adds time, so the fastest of interleaved runs are compared. */
function ratioToEmptyProcess(args: readonly string[]): number {
  let [ours, empty] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    empty = Math.min(empty, timeNode(['-e', '0']));
    ours = Math.min(ours, timeNode([command.main, ...args]));
  }
  return ours / empty;
}

it.each([
  { args: ['--version'], limit: 3 },
  { args: ['--help'], limit: 5 },
])('imagen $args takes at most $limit times as long as an empty process', ({ args, limit }) => {
  expect(ratioToEmptyProcess(args)).toBeLessThan(limit);
});
