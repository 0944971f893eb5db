/** A server that dies by `kill -9`, and one that is started after it. Requests and answers go over real sockets. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, it } from 'vitest';
import { closeServers, until } from '../../faults/hostile-server.ts';
import { finished, startJobServer } from '../../faults/job-vendor.ts';
import { useFolder } from '../../store/support.ts';
import { hashOf, TOKEN } from '../support.ts';

afterAll(closeServers);
const folder = useFolder();
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

async function startServerProcess(
  origin: string,
): Promise<{ readonly url: string; readonly kill: () => Promise<void> }> {
  const hooks = pathOf('../../faults/children/source-hooks.ts');
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--import', hooks, pathOf('children/serve.ts')],
    {
      env: { ...process.env, DIRECTORY: folder(), ORIGIN: origin, TOKEN_HASH: hashOf(TOKEN) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  children.push(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (line: Buffer) => resolve(line.toString().trim()));
    child.once('exit', () => reject(new Error('the server ended')));
  });
  return {
    url,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const generate = (url: string, headers: Readonly<Record<string, string>>) =>
  fetch(`${url}/v1/images/generations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ prompt: 'a fox', model: 'vendor/test-1', size: '64x64' }),
  });

it('S25: after kill -9 in mid-job, the same key and a retry without a key get the images of the one bill each', async () => {
  let isDone = false;
  const home = await startJobServer({
    poll: (hit) => hit.reply(200, isDone ? finished(hit) : { status: 'running', retryMs: 20 }),
  });
  const first = await startServerProcess(home.origin);
  const lost = [
    generate(first.url, { 'idempotency-key': 'k1' }).catch(() => undefined),
    generate(first.url, { 'x-stainless-retry-count': '0' }).catch(() => undefined),
  ];
  expect(await until(() => new Set(home.polls.map(({ path }) => path)).size === 2, 30_000)).toBe(true);
  await first.kill();
  await Promise.all(lost);
  isDone = true;
  const second = await startServerProcess(home.origin);
  const answers = await Promise.all([
    generate(second.url, { 'idempotency-key': 'k1' }),
    generate(second.url, { 'x-stainless-retry-count': '1' }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as { data: unknown[] }[];
  expect(bodies.map(({ data }) => data.length)).toEqual([1, 1]);
  expect(home.bills()).toBe(2);
});

it('S25: a request that was sent and never answered is not sent again', async () => {
  const home = await startJobServer({ submit: (hit) => hit.bill() });
  const first = await startServerProcess(home.origin);
  const lost = generate(first.url, { 'idempotency-key': 'k1' }).catch(() => undefined);
  expect(await until(() => home.submits() === 1, 30_000)).toBe(true);
  await first.kill();
  await lost;
  const second = await startServerProcess(home.origin);
  const answer = await generate(second.url, { 'idempotency-key': 'k1' });
  expect(answer.status).toBe(502);
  expect(answer.headers.get('x-should-retry')).toBe('false');
  expect(await answer.json()).toMatchObject({ error: { code: 'outcome_unknown' } });
  expect(home.bills()).toBe(1);
});
