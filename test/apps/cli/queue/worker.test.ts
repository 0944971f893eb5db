/** imagen worker: what it needs to start, what it prints, and how it ends. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AiImageError, setProvider } from '../../../../src/index.ts';
import { PaidProvider } from '../../../manager/support.ts';
import { watchStub } from '../workshop.ts';
import { openQueueShop, SMALL } from './queue-support.ts';

const jsonLines = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);

describe('imagen worker', () => {
  it('--once generates one piece of work, the one with the highest priority', async () => {
    await using shop = await openQueueShop();
    await shop.enqueue('a cat');
    const [urgent = ''] = await shop.enqueue('a fox', '--priority', '10');
    const { exit, stdout, stderr } = await shop.run('worker', '--once');
    expect(exit).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\dZ  ${urgent}  started at stub, attempt 1$`));
    expect(lines[1]).toMatch(
      new RegExp(`^\\d\\d:\\d\\d:\\d\\dZ  ${urgent}  done: 1 image \\([0-9a-f]{32}\\) in [\\d.]+ s`),
    );
    expect(stderr).toContain('imagen: 1 done\n');
    expect((await shop.work('--state', 'waiting')).map(({ request }) => request?.prompt)).toEqual(['a cat']);
  });

  it('--drain --json ends when nothing is left, with one line of JSON for each change', async () => {
    await using shop = await openQueueShop();
    await shop.enqueue('a {{variation}}', '--variation', 'cat', '--variation', 'dog', '--variation', 'fox');
    const { exit, stdout } = await shop.run('worker', '--drain', '--json', '--concurrency', '2');
    expect(exit).toBe(0);
    const events = jsonLines(stdout);
    expect(events.map(({ type }) => type).toSorted()).toEqual([
      'done',
      'done',
      'done',
      'started',
      'started',
      'started',
    ]);
    for (const event of events) expect(event.at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(await shop.kept()).toHaveLength(3);
  });

  it('takes work from the queues it is told to, and leaves the others', async () => {
    await using shop = await openQueueShop();
    for (const queue of ['posters', 'icons', 'covers']) await shop.enqueue(`for ${queue}`, '--queue', queue);
    expect((await shop.run('worker', '--drain', '--queue', 'posters', '--queue', 'icons')).exit).toBe(0);
    expect((await shop.work('--state', 'waiting')).map(({ queue }) => queue)).toEqual(['covers']);
  });

  it('0: ends at once if there is no work', async () => {
    await using shop = await openQueueShop();
    for (const flag of ['--once', '--drain']) {
      const { exit, stdout, stderr } = await shop.run('worker', flag);
      expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
      expect(stderr).toContain('no work was ready');
    }
  });

  it('4: refused work is dead, with the reason, in the words of flags', async () => {
    watchStub({ refuse: true });
    await using shop = await openQueueShop();
    const [id = ''] = await shop.enqueue('a fox');
    const { exit, stdout } = await shop.run('worker', '--once');
    expect({ exit, dead: /dead: .*\((?:content_refused|no_image)\)/.test(stdout) }).toEqual({ exit: 4, dead: true });
    const shown = await shop.run('queue', 'show', id.slice(0, 8));
    expect(shown.stdout).toMatch(/^state +dead$/m);
    expect(shown.stdout).toMatch(/^error +.+/m);
  });

  it('8: some work was generated, some was not', async () => {
    await using shop = await openQueueShop();
    const flaky = watchStub();
    const { generate } = flaky;
    flaky.generate = (request, context) =>
      request.prompt === 'a cat'
        ? new PaidProvider({ refuse: true }).generate(request, context)
        : generate.call(flaky, request, context);
    await shop.enqueue('a {{variation}}', '--variation', 'cat', '--variation', 'fox');
    expect((await shop.run('worker', '--drain')).exit).toBe(8);
    expect((await shop.work()).map(({ state }) => state).toSorted()).toEqual(['dead', 'done']);
  });

  it('6: work that waits for its next attempt is no success', async () => {
    await using shop = await openQueueShop();
    const stub = watchStub();
    stub.generate = async () => {
      throw new AiImageError('unavailable', 'stub: overloaded', { provider: 'stub', charged: 'no' });
    };
    await shop.enqueue('a fox');
    const { exit, stdout, stderr } = await shop.run('worker', '--once');
    expect({ exit, stderr }).toEqual({ exit: 6, stderr: expect.stringContaining('the work waits') });
    expect(stdout).toMatch(/waits .*overloaded \(unavailable\)/);
    expect((await shop.work())[0]).toMatchObject({ state: 'waiting', error: { code: 'unavailable' } });
  });

  it('checks the budget when work runs, not when it is added', async () => {
    const restore = setProvider('stub', new PaidProvider({ id: 'stub' }));
    await using shop = await openQueueShop();
    await writeFile(join(shop.path, 'imagen.yaml'), 'budget: { per_call_usd: 0.05 }\nstore: { directory: store }\n');
    const flags = ['--config', 'imagen.yaml'];
    const added = await shop.run('enqueue', 'a fox', ...flags);
    expect(added).toMatchObject({ exit: 0 });
    expect(added.stderr).toContain('charged when a worker generates it');
    const { exit, stdout } = await shop.run('worker', '--once', ...flags);
    restore();
    expect({ exit, stdout }).toEqual({ exit: 5, stdout: expect.stringContaining('(budget_exceeded)') });
  });

  it('3: does not start without a key, or with a backend whose key is not set', async () => {
    await using shop = await openQueueShop({ env: { AI_IMAGE_PROVIDER: '' } });
    await shop.run('enqueue', 'a fox', ...SMALL);
    const without = await shop.run('worker', '--once');
    expect(without).toMatchObject({ exit: 3, stdout: '' });
    expect(without.stderr).toContain('no API key is set');
    await writeFile(join(shop.path, 'imagen.yaml'), 'backends: { one: { type: openai, api_key_env: MY_OWN_KEY } }\n');
    const unset = await shop.run('worker', '--once', '--config', 'imagen.yaml');
    expect(unset).toMatchObject({ exit: 3, stdout: '' });
    expect(unset.stderr).toContain('MY_OWN_KEY');
    expect(await shop.work('--state', 'waiting')).toHaveLength(1);
  });

  it.each([
    [['--no-store'], '--no-store'],
    [['--once', '--drain'], '--once and --drain contradict each other'],
    [['--concurrency', '0'], 'invalid --concurrency "0"'],
    [['--queue', 'a b'], 'invalid --queue "a b"'],
    [['images'], 'too many arguments'],
  ])('2: refuses %j', async (flags, message) => {
    await using shop = await openQueueShop();
    const { exit, stdout, stderr } = await shop.run('worker', ...flags);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('saves an image elsewhere that was paid for and that the store cannot take, and says where', async () => {
    const stub = watchStub();
    await using shop = await openQueueShop();
    const { generate } = stub;
    stub.generate = async (request, context) => {
      // A file is where the store puts the images of this year.
      await writeFile(join(shop.path, '.local/share/imagen', String(new Date().getUTCFullYear())), '');
      return generate.call(stub, request, context);
    };
    await shop.enqueue('a fox');
    const { exit, stderr } = await shop.run('worker', '--once');
    const path = /saved to (\S+) instead/.exec(stderr)?.[1] ?? '';
    expect((await readFile(path)).subarray(1, 4).toString()).toBe('PNG');
    expect(exit).not.toBe(0);
    // It was charged, so it does not run again.
    expect((await shop.work())[0]?.state).not.toBe('done');
    await shop.run('worker', '--drain');
    expect(stub.calls).toHaveLength(1);
  });

  it('generates work for a provider outside the configuration, as imagen generate does', async () => {
    await using shop = await openQueueShop({ env: { FARM_KEY: 'sk-canary-0123456789abcdef' } });
    const config =
      'backends: { farm: { type: replicate, api_key_env: FARM_KEY, base_url: "http://127.0.0.1:1/v1" } }\n';
    await writeFile(join(shop.path, 'imagen.yaml'), config);
    const flags = ['--config', 'imagen.yaml'];
    await shop.run('enqueue', 'a fox', ...SMALL, ...flags);
    expect(await shop.run('worker', '--once', ...flags)).toMatchObject({ exit: 0 });
    expect((await shop.work())[0]?.state).toBe('done');
  });
});
