/** A batch whose process is killed: the next run generates nothing twice, and fetches the submitted jobs. */

import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { shapeOf } from '../../../faults/vendor-shapes.ts';
import { openVendor, sendJson, WHITE_PNG } from '../../../providers/kit/support/vendor.ts';
import { bundleImagen } from '../process-support.ts';
import { temporaryFolder } from '../support.ts';

const { start, stop } = await bundleImagen();
afterAll(stop);

const lines = (prompts: readonly string[]) => prompts.map((prompt) => `${JSON.stringify({ prompt })}\n`).join('');
const counted = (all: readonly string[]) =>
  Object.fromEntries([...new Set(all)].map((each) => [each, all.filter((other) => other === each).length]));

describe('imagen batch, killed', () => {
  it('requests nothing twice that the vendor may have generated', async () => {
    await using folder = await temporaryFolder();
    const prompts = ['one', 'two', 'three', 'four', 'five', 'six'].map((word) => `${word} foxes`);
    const asked: string[] = [];
    const hanging = Promise.withResolvers<void>();
    let isWell = false;
    await using vendor = await openVendor((request, response) => {
      asked.push((JSON.parse(request.body) as { prompt: string }).prompt);
      if (isWell || asked.length <= 2) sendJson(response, { data: [{ b64_json: WHITE_PNG.toString('base64') }] });
      else if (asked.length === 4) hanging.resolve();
    });
    await writeFile(join(folder.path, 'rows.jsonl'), lines(prompts));
    const env = { OPENAI_API_KEY: 'sk-canary-0123456789abcdef', OPENAI_BASE_URL: vendor.url, HOME: folder.path };
    const args = ['batch', 'rows.jsonl', '--concurrency', '2', '-o', 'out/'];
    const first = start(args, folder.path, env);
    await Promise.race([hanging.promise, first.ended]);
    first.child.kill('SIGKILL');
    expect((await first.ended).exit).toBe('SIGKILL');

    isWell = true;
    const second = await start(args, folder.path, env).ended;
    expect(second.exit).toBe(8);
    expect(second.stdout.trim().split('\n')).toHaveLength(4);
    expect(second.stderr.match(/started earlier and may have been charged/g)).toHaveLength(2);
    expect(counted(asked)).toEqual(Object.fromEntries(prompts.map((prompt) => [prompt, 1])));
  }, 60_000);

  it('fetches the jobs that it had submitted', async () => {
    await using folder = await temporaryFolder();
    const shape = shapeOf('bfl');
    let isOver = false;
    let submits = 0;
    const submitted = Promise.withResolvers<void>();
    const server = createServer((request, response) => {
      const { port } = server.address() as AddressInfo;
      const origin = `http://127.0.0.1:${port}`;
      const { method = '', url = '' } = request;
      request.resume().on('end', () => {
        if (url.startsWith('/files/')) {
          response.writeHead(200, { 'content-type': 'image/png' }).end(WHITE_PNG);
          return;
        }
        const step = shape.stepOf(method, url.split('?')[0] ?? '');
        if (step === 'submit') submits++;
        if (step === 'poll') submitted.resolve();
        const body =
          step === 'submit'
            ? shape.submitted(origin)
            : shape.standing(isOver ? 'done' : 'running', `${origin}/files/0.png`, origin);
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const config = `backends:\n  farm:\n    type: bfl\n    api_key_env: FARM_KEY\n    base_url: http://127.0.0.1:${port}${shape.base}\n`;
    await writeFile(join(folder.path, 'farm.yaml'), config);
    await writeFile(join(folder.path, 'rows.jsonl'), lines(['a red fox']));
    const env = { FARM_KEY: 'key-canary-0123456789abcdef', HOME: folder.path };
    const args = ['batch', 'rows.jsonl', '--config', 'farm.yaml'];
    try {
      const first = start(args, folder.path, env);
      await Promise.race([submitted.promise, first.ended]);
      first.child.kill('SIGKILL');
      await first.ended;

      isOver = true;
      const second = await start(args, folder.path, env).ended;
      expect(second).toMatchObject({ exit: 0, stdout: `${join(folder.path, 'a-red-fox.png')}\n` });
      expect(second.stderr).toContain('line 1: fetching the job');
      expect(submits).toBe(1);
      expect((await start(args, folder.path, env).ended).exit).toBe(0);
      expect(submits).toBe(1);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }, 60_000);
});
