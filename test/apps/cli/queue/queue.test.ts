/** imagen queue: shows work and changes it. Nothing is generated. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AiImageError } from '../../../../src/index.ts';
import { watchStub } from '../workshop.ts';
import { openQueueShop } from './queue-support.ts';

/** The request is sent, and no answer comes. */
function loseAnswers() {
  const stub = watchStub();
  stub.generate = async () => {
    throw new AiImageError('outcome_unknown', 'stub: no answer came', { provider: 'stub', charged: 'unknown' });
  };
}

describe('imagen queue list', () => {
  it('fits in 80 columns on a terminal, with short ids that find the work again', async () => {
    await using shop = await openQueueShop({ isTerminal: true });
    await shop.enqueue(`a very long prompt ${'about foxes '.repeat(20)}`);
    await shop.enqueue('a cat', '--run-at', '2h', '--queue', 'posters', '--id', 'order-4711-front');
    await shop.enqueue('a cat', '--id', 'order-4711-back-cover');
    const { exit, stdout, stderr } = await shop.run('queue', 'list');
    const lines = stdout.trimEnd().split('\n');
    expect(exit).toBe(0);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^ID +STATE +QUEUE +PROVIDER +ADDED \(UTC\) +NOTE$/);
    expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
    expect(stdout).toContain('order-4711-f ');
    expect(stdout).toContain('order-4711-b ');
    expect(stderr).toContain('3 waiting');
    for (const line of lines.slice(1)) {
      expect((await shop.run('queue', 'show', line.split(' ')[0] ?? '')).exit).toBe(0);
    }
  });

  it('gives a pipe full ids and whole lines', async () => {
    await using shop = await openQueueShop();
    const [id] = await shop.enqueue(`a ${'red '.repeat(40)}fox`);
    const { stdout } = await shop.run('queue', 'list');
    expect(stdout).toContain(`${id}  waiting  images  stub  `);
    expect(stdout).toContain('red fox\n');
  });

  it('filters by state and queue, and says when there is more', async () => {
    await using shop = await openQueueShop();
    await shop.enqueue('a cat');
    await shop.run('worker', '--once');
    await shop.enqueue('a dog', '--queue', 'posters');
    const [latest] = await shop.enqueue('a fox');
    expect(await shop.work('--state', 'done')).toMatchObject([{ request: { prompt: 'a cat' } }]);
    expect(await shop.work('--queue', 'posters')).toMatchObject([{ request: { prompt: 'a dog' } }]);
    const { stdout, stderr } = await shop.run('queue', 'list', '--limit', '1');
    expect(stdout).toContain(latest);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain('showing the latest 1. For more: --limit 2');
  });

  it.each([
    [['list', '--state', 'wating'], 'invalid --state "wating"'],
    [['list', '--limit', '0'], 'invalid --limit "0"'],
    [['list', '--queue', 'a b'], 'invalid --queue "a b"'],
    [['show', 'abc'], 'is too short'],
    [['show', 'nothing-there'], 'no work with the id "nothing-there" is in the queue'],
    [['retry', 'nothing-there'], 'To see the work: imagen queue list'],
    [['cancel'], "missing required argument 'id'"],
    [['pause'], 'Use either --queue NAME or --provider NAME.'],
    [['pause', '--queue', 'a', '--provider', 'b'], 'cannot be used together'],
    [['pause', '--queue', 'images', '--for', 'ever'], 'invalid --for "ever"'],
    [['resume', '--provider', 'stub'], 'the provider stub is not paused'],
    [['watch', '--interval', '0'], 'invalid --interval "0"'],
    [['--no-store', 'list'], '--no-store'],
  ])('2: refuses %j', async (args, message) => {
    await using shop = await openQueueShop();
    await shop.enqueue('a cat');
    const { exit, stdout, stderr } = await shop.run('queue', ...args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('2: refuses a store that does not exist, and creates none', async () => {
    await using shop = await openQueueShop();
    const { exit, stderr } = await shop.run('queue', 'list', '--store', 'misspelt');
    expect({ exit, stderr }).toEqual({ exit: 2, stderr: expect.stringContaining('there is no store at') });
    expect(existsSync(`${shop.path}/misspelt`)).toBe(false);
  });
});

describe('imagen queue show', () => {
  it('prints the request with a shortened prompt, the attempts and the paths of the images', async () => {
    await using shop = await openQueueShop();
    const [id = ''] = await shop.enqueue(`a ${'very '.repeat(100)}red fox`, '--seed', '7');
    await shop.run('worker', '--once');
    const { stdout } = await shop.run('queue', 'show', id.slice(0, 8));
    expect(stdout).toMatch(/^prompt +a very .*…$/m);
    expect(stdout).toMatch(/^request +.*seed 7/m);
    expect(stdout).toMatch(/^attempts +1$/m);
    const path = /^image +[0-9a-f]{32} (.+)$/m.exec(stdout)?.[1] ?? '';
    expect(existsSync(path)).toBe(true);
    const json = JSON.parse((await shop.run('queue', 'show', id, '--json')).stdout) as {
      readonly paths: readonly string[];
    };
    expect(json).toMatchObject({ id, state: 'done', paths: [path] });
  });
});

describe('imagen queue dead and retry', () => {
  it('lists dead work with its reason, and lets it run again', async () => {
    const stub = watchStub();
    const { generate } = stub;
    stub.generate = async () => {
      throw new AiImageError('content_refused', 'stub: refused', {
        provider: 'stub',
        charged: 'no',
        hint: 'Change it.',
      });
    };
    await using shop = await openQueueShop();
    const [id = ''] = await shop.enqueue('a fox');
    await shop.run('worker', '--once');
    const dead = await shop.run('queue', 'dead');
    expect(dead.stdout).toMatch(
      new RegExp(`^${id}  dead  images  stub  .* UTC\\n  stub: refused \\(content_refused\\). Change it.\\n$`),
    );
    expect(dead.stderr).toContain('imagen queue retry ID');

    expect(await shop.run('queue', 'retry', id.slice(0, 8))).toMatchObject({ exit: 0, stdout: `${id}  waiting\n` });
    stub.generate = generate;
    expect((await shop.run('worker', '--once')).exit).toBe(0);
    expect((await shop.work())[0]?.state).toBe('done');
    const again = await shop.run('queue', 'retry', id);
    expect(again).toMatchObject({ exit: 2, stdout: '' });
    expect(again.stderr).toContain(`${id} cannot run again: it is done`);
  });

  it('Q02: refuses to run unknown work again until it is settled, and says what to check', async () => {
    loseAnswers();
    await using shop = await openQueueShop();
    const [id = ''] = await shop.enqueue('a fox');
    expect((await shop.run('worker', '--once')).exit).toBe(7);
    const dead = await shop.run('queue', 'dead');
    expect(dead.stdout).toContain(`${id}  unknown`);
    expect(dead.stderr).toContain(`imagen jobs settle ${id} --charged`);
    const refused = await shop.run('queue', 'retry', id);
    expect(refused).toMatchObject({ exit: 2, stdout: '' });
    expect(refused.stderr).toContain('it may have been charged');
    expect(refused.stderr).toContain(`imagen jobs settle ${id}`);

    expect((await shop.run('jobs', 'settle', id, '--not-charged')).exit).toBe(0);
    expect(await shop.run('queue', 'retry', id)).toMatchObject({ exit: 0 });
    watchStub();
    expect((await shop.run('worker', '--once')).exit).toBe(0);
    expect((await shop.work())[0]?.state).toBe('done');
  });

  it('refuses work that was charged: it would be paid for again', async () => {
    loseAnswers();
    await using shop = await openQueueShop();
    const [id = ''] = await shop.enqueue('a fox');
    await shop.run('worker', '--once');
    await shop.run('jobs', 'settle', id, '--charged');
    const shown = await shop.run('queue', 'show', id);
    expect(shown.stderr).toContain('It was settled: charged.');
    expect(shown.stderr).not.toContain('Ask the vendor');
    const refused = await shop.run('queue', 'retry', id);
    expect(refused).toMatchObject({ exit: 2, stdout: '' });
    expect(refused.stderr).toContain('add it as new work: imagen enqueue');
  });
});

describe('imagen queue cancel', () => {
  it('Q14: cancels waiting work, which is never sent', async () => {
    const stub = watchStub();
    await using shop = await openQueueShop();
    const [id = ''] = await shop.enqueue('a fox');
    expect(await shop.run('queue', 'cancel', id)).toMatchObject({ exit: 0, stdout: `${id}  cancelled\n` });
    await shop.run('worker', '--drain');
    expect(stub.calls).toEqual([]);
    expect((await shop.work())[0]?.state).toBe('cancelled');
  });

  it('8: changes what it can, and reports the rest', async () => {
    await using shop = await openQueueShop();
    const [id = ''] = await shop.enqueue('a fox');
    const { exit, stdout, stderr } = await shop.run('queue', 'cancel', 'not-there-at-all', id);
    expect({ exit, stdout }).toEqual({ exit: 8, stdout: `${id}  cancelled\n` });
    expect(stderr).toContain('not-there-at-all');
    const again = await shop.run('queue', 'cancel', id);
    expect(again.exit).toBe(2);
    expect(again.stderr).toContain('it has ended (cancelled)');
  });
});

describe('imagen queue pause and resume', () => {
  it('says that a provider has no such name, and which work a pause of a provider holds', async () => {
    await using shop = await openQueueShop();
    await shop.enqueue('a fox');
    const unknown = await shop.run('queue', 'pause', '--provider', 'stbu');
    expect(unknown).toMatchObject({ exit: 0 });
    expect(unknown.stderr).toContain('there is no backend or provider stbu');
    expect(unknown.stderr).toContain('the provider stbu is paused. To resume it: imagen queue resume --provider stbu');
    expect((await shop.run('queue', 'pause', '--provider', 'stub')).stderr).toContain(
      'only work that names it is held',
    );
  });

  it.each(['--queue', '--provider'])('stops and starts work by %s', async (flag) => {
    await using shop = await openQueueShop();
    await shop.enqueue('a fox');
    const name = flag === '--queue' ? 'images' : 'stub';
    const paused = await shop.run('queue', 'pause', flag, name, '--for', '10m', '--reason', 'maintenance');
    expect(paused).toMatchObject({ exit: 0, stdout: '' });
    expect((await shop.run('queue', 'list')).stderr).toContain(
      `the ${flag.slice(2)} ${name} is paused: maintenance. Until `,
    );
    const idle = await shop.run('worker', '--drain');
    expect(idle.stderr).toContain('no work was ready; 1 waiting, see imagen queue list');
    expect(idle.stderr).toContain('maintenance');
    expect(await shop.run('queue', 'resume', flag, name)).toMatchObject({ exit: 0 });
    await shop.run('worker', '--drain');
    expect((await shop.work())[0]?.state).toBe('done');
  });
});

describe('imagen doctor', () => {
  it('reports waiting, dead and unknown work, and pauses', async () => {
    loseAnswers();
    await using shop = await openQueueShop();
    const lookAt = async () => {
      const { stdout } = await shop.run('doctor', '--json');
      const { findings } = JSON.parse(stdout) as {
        findings: readonly { about: string; message: string; hint?: string }[];
      };
      return findings.filter(({ about }) => about === 'queue').map(({ message, hint = '' }) => `${message} | ${hint}`);
    };
    await shop.enqueue('a fox');
    await shop.run('worker', '--once');
    expect(await lookAt()).toEqual([
      'no work waits | ',
      '1 with unknown outcome may have been charged | To see them: imagen queue dead',
    ]);
    await shop.enqueue('a cat');
    await shop.run('queue', 'pause', '--queue', 'images');
    expect(await lookAt()).toEqual([
      '1 waiting, 0 active | ',
      expect.stringContaining('the queue images is paused'),
      expect.stringContaining('unknown outcome'),
    ]);
  });
});
