/** imagen worker and imagen queue watch as processes: signals, crashes and terminals. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { until } from '../../../faults/hostile-server.ts';
import { FARM, openJobVendor } from '../job-vendor.ts';
import { bundleImagen, type Started } from '../process-support.ts';
import { temporaryFolder } from '../support.ts';

/** A broken test ends after this. */
const LIMIT_MS = 20_000;

const { start, stop, main } = await bundleImagen();
afterAll(stop);

/** A vendor with jobs, a store of its own, and the command line as processes. */
async function openFarm() {
  const folder = await temporaryFolder();
  const vendor = await openJobVendor();
  const flags = [...(await vendor.flags(folder.path)), '--store', join(folder.path, 'store')];
  const begin = (...args: readonly string[]) => start([...args, ...flags], folder.path, FARM);
  return {
    ...{ vendor, begin },
    async stateOf(id: string): Promise<unknown> {
      const { stdout } = await begin('queue', 'show', id, '--json').ended;
      return (JSON.parse(stdout) as { readonly state: unknown }).state;
    },
    async enqueue(prompt: string): Promise<string> {
      return (await begin('enqueue', prompt).ended).stdout.trim();
    },
    [Symbol.asyncDispose]: folder[Symbol.asyncDispose],
  };
}

const prints = ({ text }: Started, wanted: string) =>
  until(() => `${text.stdout}${text.stderr}`.includes(wanted), LIMIT_MS);

describe('imagen worker as a process', () => {
  it('Q09, 0: SIGTERM lets running work end, and starts no further work', async () => {
    await using farm = await openFarm();
    const id = await farm.enqueue('a fox');
    const worker = farm.begin('worker', '--concurrency', '1');
    await until(() => farm.vendor.polls() > 0, LIMIT_MS);
    const next = await farm.enqueue('a cat');
    worker.child.kill('SIGTERM');
    await prints(worker, 'stopping: running work has 25 s to end');
    farm.vendor.set('succeeded');
    const { exit, stdout, stderr } = await worker.ended;
    expect({ exit, isDone: stdout.includes(`${id}  done: 1 image`) }).toEqual({ exit: 0, isDone: true });
    expect(stderr).toContain('imagen: 1 done\n');
    expect(await farm.stateOf(next)).toBe('waiting');
    expect(farm.vendor.submits()).toBe(1);
    expect(farm.vendor.cancels()).toBe(0);
  });

  it('Q03, 143: a second signal ends it at once; the job is not cancelled, and the next worker fetches its image', async () => {
    await using farm = await openFarm();
    const id = await farm.enqueue('a fox');
    const worker = farm.begin('worker');
    await until(() => farm.vendor.polls() > 0, LIMIT_MS);
    worker.child.kill('SIGTERM');
    await prints(worker, 'A second signal ends the worker at once');
    worker.child.kill('SIGTERM');
    expect((await worker.ended).exit).toBe(143);
    expect(farm.vendor.cancels()).toBe(0);
    // Its lease has not ended.
    expect(await farm.stateOf(id)).toBe('active');
    farm.vendor.set('succeeded');
    const { exit } = await farm.begin('jobs', 'resume').ended;
    expect({ exit, submits: farm.vendor.submits() }).toEqual({ exit: 0, submits: 1 });
  });

  it('Q14: running work that is cancelled is cancelled at its vendor', async () => {
    await using farm = await openFarm();
    const id = await farm.enqueue('a fox');
    const worker = farm.begin('worker', '--once');
    await until(() => farm.vendor.polls() > 0, LIMIT_MS);
    const cancel = await farm.begin('queue', 'cancel', id).ended;
    expect(cancel).toMatchObject({ exit: 0, stdout: `${id}  its worker is told to cancel it\n` });
    await worker.ended;
    expect(farm.vendor.cancels()).toBe(1);
    expect(await farm.stateOf(id)).toBe('cancelled');
  });

  it('prints a unit with the paths of this process', async () => {
    await using farm = await openFarm();
    const { exit, stdout } = await farm.begin('worker', '--print-unit', '--user').ended;
    expect(exit).toBe(0);
    expect(stdout).toContain(`ExecStart=${process.execPath} ${main} worker --config `);
  });
});

describe('imagen queue watch', () => {
  it('prints one line for each change into a pipe, and ends with 0 at Ctrl-C', async () => {
    await using farm = await openFarm();
    const first = await farm.enqueue('a fox');
    const watch = farm.begin('queue', 'watch');
    await prints(watch, `${first}  waiting`);
    farm.vendor.set('succeeded');
    await farm.begin('worker', '--drain').ended;
    await prints(watch, `${first}  done`);
    watch.child.kill('SIGINT');
    const { exit, stdout } = await watch.ended;
    expect(exit).toBe(0);
    expect(stdout.split('\n').filter((line) => line.includes('done'))).toHaveLength(1);
    // No control sequences of a terminal.
    expect(stdout).not.toContain('\u001b');
  });

  it('--json prints one document for each change', async () => {
    await using farm = await openFarm();
    const id = await farm.enqueue('a fox');
    const watch = farm.begin('queue', 'watch', '--json');
    await prints(watch, id);
    watch.child.kill('SIGINT');
    const { exit, stdout } = await watch.ended;
    expect(exit).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ id, state: 'waiting' }]);
  });
});
