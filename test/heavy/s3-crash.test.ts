/** A01: a process that uses a bucket is killed at each of its requests. Then another process opens the store. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createStore } from '../../src/store/index.ts';
import { linesOf, useChildren } from '../store/processes.ts';
import { saved } from '../store/sample-images.ts';
import { openS3Server, type S3Server } from '../store/storage/s3-server.ts';
import { incomingFiles, useFolder } from '../store/support.ts';
import { bytesOf, largeBytesOf } from '../store/works.ts';

const folder = useFolder();
const children = useChildren();
const KNOWN = 'known-0001';
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const HASHES: Readonly<Record<string, string>> = {
  [KNOWN]: sha256(bytesOf(KNOWN)),
  'fresh-0001': sha256(bytesOf('fresh-0001')),
  'fresh-0002': sha256(largeBytesOf('fresh-0002')),
};

const openAt = (directory: string, server: S3Server) =>
  createStore({ directory, s3: server.settings(), marks: 'none' });
const envOf = (directory: string, server: S3Server) => ({
  DIRECTORY: directory,
  S3: JSON.stringify(server.settings()),
  KNOWN,
});

async function prepared(directory: string): Promise<S3Server> {
  const server = await openS3Server();
  const store = openAt(directory, server);
  await saved(store, { id: KNOWN, bytes: bytesOf(KNOWN) });
  await store.close();
  server.seen.length = 0;
  return server;
}

/** Checks the visible objects of the bucket: each sidecar has its complete image. A deletion in progress may be incomplete. */
function halfVisible({ objects }: S3Server): readonly string[] {
  return [...objects].flatMap(([key, { bytes }]) => {
    if (!key.endsWith('.json') || bytes.includes(KNOWN)) return [];
    const image = objects.get(key.replace('.json', '.png'));
    const sidecar = JSON.parse(bytes.toString()) as { readonly sha256: string };
    return image && sha256(image.bytes) === sidecar.sha256 ? [] : [`${key} is half there`];
  });
}

async function problemsOf(directory: string, server: S3Server, said: readonly string[]): Promise<readonly string[]> {
  const problems = [...halfVisible(server)];
  const check = (isRight: boolean, problem: string) => {
    if (!isRight) problems.push(problem);
  };
  const store = openAt(directory, server);
  try {
    const found = (await store.search()).map(({ id }) => id);
    for (const id of found) check(sha256(await store.open(id)) === HASHES[id], `${id} is not what it was`);
    const { intact, findings } = await store.verify();
    for (const { kind, path } of findings) problems.push(`${kind}: ${path}`);
    check(server.objects.size === 2 * intact, `${server.objects.size} objects for ${intact} pictures`);
    check(found.length === intact, `${found.length} of ${intact} are found`);
    check(server.uploads.size === 0, 'parts are left behind');
    check((await incomingFiles(directory)).length === 0, 'something is still under way');
    for (const id of ['fresh-0001', 'fresh-0002']) {
      check(found.includes(id) || !said.includes(`saved ${id}`), `${id} is lost`);
    }
    if (said.includes('tagged fresh-0001'))
      check((await store.search({ tag: 'fresh' })).length === 1, 'the tag is lost');
    check(!(found.includes(KNOWN) && said.includes(`deleted ${KNOWN}`)), 'what was deleted is there again');
  } catch (error) {
    problems.push(String(error));
  } finally {
    await store.close();
  }
  return problems;
}

/** The process is killed when the server has received the request, or has executed it and not yet replied. */
async function crash(at: number, after: boolean): Promise<readonly string[]> {
  const directory = join(folder(), `${at}-${after}`);
  await using server = await prepared(directory);
  const child = children.start('upload', envOf(directory, server));
  server.fault = async (_, nth) => {
    if (nth !== at) return undefined;
    child.process.kill('SIGKILL');
    await child.end;
    return { kind: 'reset', after };
  };
  const { signal, errors } = await child.end;
  await new Promise((resolve) => setTimeout(resolve, 20));
  server.fault = () => undefined;
  const problems = await problemsOf(directory, server, linesOf(child.output()));
  return [...(signal === 'SIGKILL' ? [] : [`it lived: ${errors}`]), ...problems].map(
    (each) => `${at} ${after}: ${each}`,
  );
}

describe('A01: a process that uses a bucket', () => {
  it('loses nothing that was acknowledged when killed at any request, and leaves no partial object or upload', async () => {
    const directory = join(folder(), 'counted');
    await using server = await prepared(directory);
    const said = linesOf(await children.run('upload', envOf(directory, server)));
    const count = server.seen.length;
    expect(said).toHaveLength(4);
    expect(await problemsOf(directory, server, said)).toEqual([]);
    expect(count).toBeGreaterThan(15);

    const left = Array.from({ length: count }, (_, at) => at + 1).flatMap((at) => [
      { at, after: false },
      { at, after: true },
    ]);
    const problems: string[] = [];
    const work = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        problems.push(...(await crash(next.at, next.after)));
      }
    };
    await Promise.all([work(), work()]);
    expect(problems).toEqual([]);
  });

  it('needs memory for a few parts of a large image, not for the whole image', async () => {
    const directory = join(folder(), 'large');
    await using server = await openS3Server();
    const said = linesOf(await children.run('upload', { ...envOf(directory, server), MEGABYTES: '160' }));
    const grew = Number(said.find((line) => line.startsWith('grew '))?.slice('grew '.length));
    expect(server.seen.filter(({ query }) => query.partNumber !== undefined)).toHaveLength(23);
    expect(grew).toBeLessThan(64 * 1024 * 1024);
  });
});
