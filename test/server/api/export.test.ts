/** The zip file of an export. */

import { rm, writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { expect, it, vi } from 'vitest';
import { useServers } from '../support.ts';

const start = useServers();

/** Reads the directory at the end of a zip file, and the files that it lists. */
function readZip(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  const files = new Map<string, Uint8Array>();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    const [crc, length] = [view.getUint32(at + 16, true), view.getUint32(at + 24, true)];
    const nameLength = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const local = view.getUint32(at + 42, true);
    expect(view.getUint32(local, true)).toBe(0x04034b50);
    const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const content = bytes.subarray(from, from + length);
    expect(crc32(content), name).toBe(crc);
    files.set(name, content);
    at += 46 + nameLength;
  }
  expect(at).toBe(end);
  return files;
}

it('has each image once, with its sidecar, and without the path of the server', async () => {
  const { post, manager, store } = await start();
  const { saved } = await manager.generate({ prompt: 'a fox', size: '64x64', n: 2 });
  const [one, other] = saved.map(({ id }) => id);
  const answer = await post('/api/images/export', { ids: [one, other, one] });
  expect(answer.headers.get('content-disposition')).toContain('attachment');
  const files = readZip(await answer.bytes());
  expect([...files.keys()].sort()).toEqual([`${one}.json`, `${one}.png`, `${other}.json`, `${other}.png`].sort());
  expect(files.get(`${one}.png`)).toEqual(new Uint8Array(await store.open(one!)));
  const sidecar = new TextDecoder().decode(files.get(`${one}.json`));
  expect(JSON.parse(sidecar)).toMatchObject({ id: one, file: `${one}.png`, promptUsed: 'a fox' });
  expect(sidecar).not.toContain(store.directory);
});

it('names the images that cannot be read, and has their sidecars and all other images', async () => {
  const reported: unknown[] = [];
  const { post, manager } = await start({ onError: (error) => reported.push(error) });
  const { saved } = await manager.generate({ prompt: 'a fox', size: '64x64', n: 3 });
  const [absent, damaged, whole] = saved;
  await rm(absent!.path);
  await writeFile(damaged!.path, 'no image');
  const printed = vi.spyOn(console, 'error');
  const answer = await post('/api/images/export', { ids: saved.map(({ id }) => id) });
  const files = readZip(await answer.bytes());
  const names = [...saved.map(({ id }) => `${id}.json`), `${whole!.id}.png`, 'not-exported.txt'];
  expect([...files.keys()].sort()).toEqual(names.sort());
  const listed = new TextDecoder().decode(files.get('not-exported.txt'));
  expect(listed).toBe(`${absent!.id}: cannot be read\n${damaged!.id}: cannot be read\n`);
  expect(reported).toHaveLength(2);
  expect(printed).not.toHaveBeenCalled();
});

it('names an image that is deleted while the zip file is sent', async () => {
  const { post, manager, store } = await start();
  const { saved } = await manager.generate({ prompt: 'a fox', size: '64x64' });
  const { id } = saved[0]!;
  const { open } = store;
  vi.spyOn(store, 'open').mockImplementationOnce(async (each) => {
    await store.delete(each);
    return open(each);
  });
  const files = readZip(await (await post('/api/images/export', { ids: [id] })).bytes());
  expect(new TextDecoder().decode(files.get('not-exported.txt'))).toBe(`${id}: was deleted meanwhile\n`);
});
