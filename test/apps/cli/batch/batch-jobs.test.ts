/** What a batch does with jobs of an earlier run, also of a vendor that has no jobs and answers with links. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { closeServers, startServer } from '../../../faults/hostile-server.ts';
import { png } from '../../../faults/support.ts';
import { FARM, openJobVendor } from '../job-vendor.ts';
import { openWorkshop } from '../workshop.ts';

afterAll(closeServers);

/** A vendor that answers with links, which are missing at first. */
async function openLinkFarm() {
  let submits = 0;
  let isThere = false;
  const server = await startServer((hit) => {
    if (hit.method === 'POST') {
      hit.bill();
      return hit.reply(200, { created: 1, data: [{ url: `${server.origin}/files/${++submits}.png` }] });
    }
    const side = 16 * Number(/\/files\/(\d)/.exec(hit.path)?.[1] ?? 1);
    return isThere ? hit.reply(200, png(side, side), { 'content-type': 'image/png' }) : hit.reply(404, {});
  });
  const shop = await openWorkshop({ env: FARM });
  const config = join(shop.path, 'farm.yaml');
  const backend = `type: openai, base_url: '${server.origin}/v1', api_key_env: FARM_KEY`;
  await writeFile(config, `backends:\n  farm: { ${backend} }\n`);
  const run = (...args: readonly string[]) => shop.run('--config', config, ...args);
  const calls = async () => {
    const { stdout } = await run('jobs', 'list', '--json');
    const { jobs } = JSON.parse(stdout) as { readonly jobs: readonly { call: string; state: string }[] };
    return jobs;
  };
  const rows = (...prompts: readonly string[]) =>
    writeFile(join(shop.path, 'rows.jsonl'), prompts.map((prompt) => `${JSON.stringify({ prompt })}\n`).join(''));
  return {
    ...{ path: shop.path, run, rows, calls, kept: shop.kept, submits: () => submits },
    showLinks: () => {
      isThere = true;
    },
    [Symbol.asyncDispose]: shop[Symbol.asyncDispose],
  };
}

describe('a vendor that answers with links', () => {
  it('batch: the next run fetches links that failed, each for its own row', async () => {
    await using farm = await openLinkFarm();
    await farm.rows('a fox', 'a cat');
    const first = await farm.run('batch', 'rows.jsonl', '--concurrency', '1');
    expect({ exit: first.exit, submits: farm.submits() }).toEqual({ exit: 7, submits: 2 });

    farm.showLinks();
    const second = await farm.run('batch', 'rows.jsonl', '--json');
    expect(second.stderr).not.toContain('--redo-doubtful');
    expect({ exit: second.exit, submits: farm.submits() }).toEqual({ exit: 0, submits: 2 });
    const [fox, cat] = ['a-fox.png', 'a-cat.png'].map((name) => join(farm.path, name));
    expect(JSON.parse(second.stdout).rows).toMatchObject([
      { status: 'done', paths: [fox] },
      { status: 'done', paths: [cat] },
    ]);
    expect([(await sharp(fox).metadata()).width, (await sharp(cat).metadata()).width]).toEqual([16, 32]);
    expect((await farm.calls()).map(({ state }) => state)).toEqual(['done', 'done']);
    expect((await farm.kept()).map(({ prompt }) => prompt).sort()).toEqual(['a cat', 'a fox']);
  });

  it('batch: a row is done once `jobs resume` has fetched its links', async () => {
    await using farm = await openLinkFarm();
    await farm.rows('a fox');
    expect((await farm.run('batch', 'rows.jsonl')).exit).toBe(7);
    farm.showLinks();
    expect((await farm.run('jobs', 'resume')).exit).toBe(0);
    const { exit } = await farm.run('batch', 'rows.jsonl');
    expect({ exit, submits: farm.submits(), kept: (await farm.kept()).length }).toEqual({
      ...{ exit: 0, submits: 1, kept: 1 },
    });
  });

  it('the error of a call names the id to fetch it by, also with two open calls', async () => {
    await using farm = await openLinkFarm();
    const hints: string[] = [];
    for (const prompt of ['a fox', 'a cat']) {
      const { stderr } = await farm.run('generate', prompt);
      expect(stderr).not.toContain('result-links');
      hints.push(/To fetch it: imagen (.+)\n/.exec(stderr)?.[1] ?? '');
    }
    const failed = await farm.run(...(hints[0] ?? '').split(' '));
    expect(failed.stderr).toContain(`To fetch it: imagen ${hints[0]}`);
    expect(failed.stderr).not.toContain('result-links');

    farm.showLinks();
    for (const hint of hints) expect((await farm.run(...hint.split(' '))).exit).toBe(0);
    expect((await farm.kept()).map(({ prompt }) => prompt)).toEqual(['a cat', 'a fox']);
  });

  it('there is no record without a store, and the error names no command to fetch it', async () => {
    await using farm = await openLinkFarm();
    const { stderr } = await farm.run('generate', 'a fox', '--no-store');
    expect(stderr).toContain('answered with links');
    expect(stderr).not.toContain('jobs resume');
  });
});

it('batch: --deadline applies to jobs of an earlier run', async () => {
  await using shop = await openWorkshop({ env: FARM });
  const vendor = await openJobVendor();
  const flags = await vendor.flags(shop.path);
  await writeFile(join(shop.path, 'rows.jsonl'), '{"prompt":"a fox"}\n');
  for (let count = 0; count < 2; count++) {
    const { exit, stderr } = await shop.run(...flags, 'batch', 'rows.jsonl', '--deadline', '3');
    expect({ exit, submits: vendor.submits() }).toEqual({ exit: 7, submits: 1 });
    expect(stderr).toContain('(timeout)');
  }
});
