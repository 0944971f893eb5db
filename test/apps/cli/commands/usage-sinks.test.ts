/** Usage sinks in the configuration: what `generate`, `doctor` and `config` do with them. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { UsageRecord } from '../../../../src/usage/index.ts';
import { imagen, temporaryFolder } from '../support.ts';

const SECRET = 'a-very-secret-text-of-32-letters';
const webhook = { USAGE_URL: 'http://127.0.0.1:1/hook?key=very-secret', USAGE_SECRET: SECRET };
const CONFIG = `
backends: { stub: { type: stub } }
usage:
  sinks:
    - { type: jsonl, path: usage.jsonl }
    - { type: webhook, name: accounting, url_env: USAGE_URL, secret_env: USAGE_SECRET }
`;

async function openPlace(config = CONFIG) {
  const folder = await temporaryFolder();
  const home = join(folder.path, 'home');
  await mkdir(home);
  await writeFile(join(folder.path, 'here.yaml'), config, { mode: 0o600 });
  return {
    path: folder.path,
    run: (args: readonly string[], env: Record<string, string> = webhook) =>
      imagen([...args, '--config', 'here.yaml'], { cwd: folder.path, env: { HOME: home, ...env } }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe('usage sinks', () => {
  it('get the cost of a call, and a sink that fails does not fail the command', async () => {
    await using place = await openPlace();
    const { exit, stderr } = await place.run(['generate', 'a red fox', '--size', '64x64']);
    expect(exit).toBe(0);
    expect(stderr).toContain('note: usage sink accounting: the webhook at 127.0.0.1:1 did not take the records');
    expect(stderr).not.toMatch(/very-secret|\/hook/);
    const [line = ''] = (await readFile(join(place.path, 'usage.jsonl'), 'utf8')).split('\n');
    expect(JSON.parse(line) as UsageRecord).toMatchObject({
      provider: 'stub',
      images: 1,
      artifacts: [expect.any(String)],
    });
  });

  it('are shown by doctor with the records that wait, and why', async () => {
    await using place = await openPlace();
    const look = async () => (await place.run(['doctor'])).stdout.split('\n').filter((line) => / {2}usage /.test(line));
    await place.run(['generate', 'a red fox', '--size', '64x64']);
    const [accounting, jsonl] = await look();
    expect(accounting).toMatch(
      /^note {3}usage {10}1 record waits for accounting since .*: the webhook at 127\.0\.0\.1:1 did not take the records: .*Nothing is lost\. The next try is at /,
    );
    expect(jsonl).toBe('ok     usage          jsonl has every record');
  });

  it('are shown by config without their secrets', async () => {
    await using place = await openPlace();
    const { stdout } = await place.run(['config', 'show']);
    expect(stdout).toMatch(/usage\.sinks\[1\]\.url_env +USAGE_URL/);
    expect(stdout).not.toContain('very-secret');
    expect((await place.run(['config', 'show', '--json'])).stdout).not.toContain('very-secret');
  });

  it('refuse a command before anything is sent when a variable is not set', async () => {
    await using place = await openPlace();
    const { exit, stderr } = await place.run(['generate', 'a red fox'], {});
    expect(exit).toBe(3);
    expect(stderr).toContain('usage.sinks[1].url_env: the variable USAGE_URL is not set, or empty');
  });

  it('are a fault of doctor when an address is wrong, because no call would work', async () => {
    await using place = await openPlace();
    const wrong = { ...webhook, USAGE_URL: 'nonsense' };
    const { exit, stdout } = await place.run(['doctor'], wrong);
    expect(exit).toBe(3);
    expect(stdout).toMatch(/^fault {2}usage {10}.*url is not an address/m);
    expect((await place.run(['generate', 'a red fox'], wrong)).exit).toBe(3);
  });

  it('are not mentioned by --plan, which costs nothing', async () => {
    await using place = await openPlace();
    const { exit, stderr } = await place.run(['generate', 'a red fox', '--size', '64x64', '--plan']);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: expect.not.stringContaining('usage sink') });
  });

  it('say that calls without the store are not sent', async () => {
    await using place = await openPlace();
    const { exit, stderr } = await place.run(['generate', 'a red fox', '--size', '64x64', '--no-store']);
    expect(exit).toBe(0);
    expect(stderr).toContain('note: the usage sinks get only the costs of calls that use the store.');
  });

  it.each([
    ['{ type: kafka }', 'usage.sinks[0].type must be jsonl, postgres or webhook'],
    ['{ type: jsonl }', 'usage.sinks[0] needs either path or stream: stdout'],
    ['{ type: jsonl, path: a, stream: stdout }', 'usage.sinks[0] needs either path or stream: stdout'],
    ['{ type: jsonl, path: a, url_env: B }', 'usage.sinks[0].url_env is not a setting of a sink of the type jsonl'],
    ['{ type: postgres }', 'usage.sinks[0] needs url_env'],
    ['{ type: webhook, url_env: USAGE_URL }', 'usage.sinks[0] needs secret_env'],
    [
      '{ type: webhook, url_env: "https://a.example/?key=very-secret", secret_env: USAGE_SECRET }',
      'secrets are not allowed in the file',
    ],
    ['{ type: jsonl, path: a }, { type: jsonl, path: b }', 'usage.sinks[1]: another sink has the name jsonl'],
    ['{ type: jsonl, pth: a }', 'there is no setting "pth" in usage.sinks[0]. Did you mean path?'],
    ['{ type: jsonl, path: a, name: "a b" }', 'usage.sinks[0].name is not a valid name of a sink'],
  ])('config check reports %s', async (sinks, message) => {
    await using place = await openPlace(`usage: { sinks: [${sinks}] }\n`);
    const { exit, stdout } = await place.run(['config', 'check', 'here.yaml']);
    expect(exit).toBe(3);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(message.replaceAll(/\s+/g, ' '));
    expect(stdout).not.toContain('very-secret');
  });
});
