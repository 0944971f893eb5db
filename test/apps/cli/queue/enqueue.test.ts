/** imagen enqueue: what cannot work is refused before it is queued, and nothing is sent. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { lastRequest, watchStub } from '../workshop.ts';
import { openQueueShop, SMALL } from './queue-support.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe('imagen enqueue', () => {
  it('prints the id and sends nothing; a worker generates it later', async () => {
    const stub = watchStub();
    await using shop = await openQueueShop();
    const { exit, stdout, stderr } = await shop.run('enqueue', 'a', 'red', 'fox', ...SMALL);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const [id = ''] = stdout.split('\n');
    expect(id).toMatch(UUID);
    expect(stub.calls).toEqual([]);
    expect(await shop.work()).toMatchObject([
      { id, state: 'waiting', queue: 'images', request: { prompt: 'a red fox' } },
    ]);

    expect((await shop.run('worker', '--drain')).exit).toBe(0);
    const [done] = await shop.work();
    expect(done).toMatchObject({ id, state: 'done', attempt: 1 });
    expect(await shop.kept()).toMatchObject([{ id: done?.result?.artifacts[0], prompt: 'a red fox' }]);
    expect(stub.calls).toHaveLength(1);
  });

  it('takes the provider that is planned now, so that a worker with other keys generates nothing else', async () => {
    await using shop = await openQueueShop();
    await shop.run('enqueue', 'a fox', '--size', '64x48');
    expect(await shop.work()).toMatchObject([{ request: { provider: 'stub', fallback: [] } }]);
  });

  it('names the only backend, so that its pause holds the work, and leaves the choice between several to the worker', async () => {
    await using shop = await openQueueShop();
    const stubs = (...names: readonly string[]) =>
      writeFile(
        join(shop.path, 'imagen.yaml'),
        `backends: { ${names.map((name) => `${name}: { type: stub }`).join(', ')} }\n`,
      );
    const flags = ['--config', 'imagen.yaml', '--size', '64x48'];
    await stubs('one');
    await shop.run('enqueue', 'a fox', ...flags);
    await stubs('one', 'two');
    await shop.run('enqueue', 'a cat', ...flags);
    const [later, first] = await shop.work();
    expect([first?.request?.provider, later?.request?.provider]).toEqual(['one', undefined]);
  });

  it('adds one piece of work for each variation, with queue, priority and start', async () => {
    await using shop = await openQueueShop();
    const flags = ['--queue', 'foxes', '--priority', '-5', '--run-at', '2h'];
    const ids = await shop.enqueue('a {{variation}} fox', '--variation', 'red', '--variation', 'blue', ...flags);
    const work = await shop.work('--queue', 'foxes');
    expect(work.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(work.map(({ request }) => request?.prompt).toSorted()).toEqual(['a blue fox', 'a red fox']);
    for (const { priority, runAt } of work) {
      expect(priority).toBe(-5);
      expect(Date.parse(runAt)).toBeGreaterThan(Date.now() + 7_000_000);
    }
  });

  it('adds the rows of a file; the prompt is used for rows without one', async () => {
    await using shop = await openQueueShop();
    await writeFile(join(shop.path, 'rows.csv'), 'prompt,variation,seed\na cat,,7\n,red,\n');
    const ids = await shop.enqueue('a {{variation}} fox', '--file', 'rows.csv');
    expect(ids).toHaveLength(2);
    const requests = (await shop.work()).map(({ request }) => request);
    expect(requests.map((request) => request?.prompt).toSorted()).toEqual(['a cat', 'a red fox']);
    // Without the note that would tell a batch that its row is done.
    expect(requests.every((request) => request?.metadata === undefined)).toBe(true);
  });

  it('copies input images and the mask into the store, so that their files may go', async () => {
    const stub = watchStub();
    await using shop = await openQueueShop();
    const png = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    await writeFile(join(shop.path, 'in.png'), png);
    await shop.enqueue('add a hat', '--input', 'in.png');
    await writeFile(join(shop.path, 'in.png'), 'gone');
    expect((await shop.run('worker', '--once')).exit).toBe(0);
    const { inputImages = [] } = lastRequest(stub) as { readonly inputImages?: readonly Uint8Array[] };
    expect(Buffer.from(inputImages[0] ?? []).equals(png)).toBe(true);
  });

  it('adds the same --id once, and refuses it for another request', async () => {
    await using shop = await openQueueShop();
    const id = 'order-4711-front-cover';
    expect(await shop.enqueue('a fox', '--id', id)).toEqual([id]);
    const again = await shop.run('enqueue', 'a fox', '--id', id, ...SMALL);
    expect(again).toMatchObject({ exit: 0, stdout: `${id}\n` });
    expect(again.stderr).toContain(`${id} was added before; nothing was changed`);
    const other = await shop.run('enqueue', 'a cat', '--id', id, ...SMALL);
    expect(other).toMatchObject({ exit: 2, stdout: '' });
    expect(other.stderr).toContain('was used for another request');
    expect(other.stderr).toContain('--id');
    expect(await shop.work()).toHaveLength(1);
  });

  it('--json prints one document, and --plan shows the plan and adds nothing', async () => {
    await using shop = await openQueueShop();
    const { stdout } = await shop.run('enqueue', 'a fox', '--json', ...SMALL);
    expect(JSON.parse(stdout)).toEqual({
      queue: 'images',
      work: [{ id: expect.stringMatching(UUID), outcome: 'added' }],
    });
    const plan = await shop.run('enqueue', 'a fox', '--plan', ...SMALL);
    expect(plan).toMatchObject({ exit: 0, stdout: expect.stringContaining('stub stub-1: about $0.00') });
    expect(await shop.work()).toHaveLength(1);
  });

  it.each([
    [['a fox', '--size', '12'], 'invalid --size "12"'],
    [['a fox', '--format', 'gif'], 'has no format gif'],
    [['a fox', '--priority', '500'], 'invalid --priority "500"'],
    [['a fox', '--priority', '1.5'], 'invalid --priority "1.5"'],
    [['a fox', '--run-at', 'tomorrow'], 'invalid --run-at "tomorrow"'],
    [['a fox', '--run-at', '2026-02-31'], 'invalid --run-at'],
    [['a fox', '--queue', 'my images'], 'invalid --queue "my images"'],
    [['a fox', '--id', 'short'], 'invalid --id "short"'],
    [['a fox', '--id', 'order-4711-cover-2'], 'means a further attempt'],
    [
      ['a {{variation}}', '--variation', 'x', '--variation', 'y', '--id', 'order-4711-front'],
      '--id needs a single request',
    ],
    [['a {{variation}}'], 'there is no variation'],
    [[], 'the prompt is empty'],
    [['a fox', '--input', 'missing.png'], '--input missing.png: no such file'],
    [['a fox', '--file', 'missing.csv'], 'missing.csv: no such file'],
    [['a fox', '--file', 'rows.csv', '--variation', 'x'], '--file and --variation'],
    [['--file', 'out.csv'], 'the column out cannot be used in a queue'],
    [['--file', 'bad.csv'], '1 of 2 rows are invalid'],
    [['a fox', '--no-store'], '--no-store'],
    [['a fox', '--out', 'x.png'], "unknown option '--out'"],
  ])('2: refuses %j, and adds nothing', async (args, message) => {
    await using shop = await openQueueShop();
    await writeFile(join(shop.path, 'rows.csv'), 'prompt\na cat\n');
    await writeFile(join(shop.path, 'out.csv'), 'prompt,out\na cat,cat.png\n');
    await writeFile(join(shop.path, 'bad.csv'), 'prompt,size\na cat,64x64\na dog,1x\n');
    await shop.enqueue('first');
    const { exit, stdout, stderr } = await shop.run('enqueue', '--provider', 'stub', ...args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/enqueueAll|inputImages|createQueue/);
    expect(await shop.work()).toHaveLength(1);
  });
});
