import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImageManager, type ImageManager } from '../../src/index.ts';
import { decodePng } from '../../src/providers/kit/image/png.ts';
import { createStore, type Store } from '../../src/store/index.ts';
import {
  createImageTools,
  type GeneratedData,
  type ImageTools,
  type ImageToolsSettings,
  lastImage,
  toReference,
} from '../../src/tool/index.ts';
import { useFolder } from '../store/support.ts';
import { startEditVendor } from './edit-vendor.ts';
import { plainPng } from './files-support.ts';

const folder = useFolder();
let vendor: Awaited<ReturnType<typeof startEditVendor>>;
let store: Store;
let manager: ImageManager;
let fox: Uint8Array<ArrayBuffer>;
let foxId: string;
let drawn = 0;

beforeEach(async () => {
  const images = await Promise.all([1, 2, 3, 4].map((grey) => plainPng(64, 64, grey)));
  drawn = 0;
  vendor = await startEditVendor(() => images[drawn++ % images.length]!);
  store = createStore({ directory: join(folder(), 'images'), marks: 'none' });
  manager = createImageManager({ providers: { openai: vendor.provider }, store });
  fox = await plainPng(64, 32, 200);
  foxId = (await store.import(fox)).id;
});
afterEach(async () => {
  await manager.close({ deadlineMs: 0 });
  await store.close();
  await vendor.close();
});

const toolsWith = (settings: Partial<ImageToolsSettings> = {}): ImageTools =>
  createImageTools({ manager, store, ...settings });
const edit = async (args: object, tools = toolsWith(), context = {}) =>
  tools.call('edit_image', { image: foxId, prompt: 'make it blue', ...args }, context);
async function done(args: object, tools?: ImageTools, context = {}): Promise<GeneratedData> {
  const result = await edit(args, tools, context);
  expect(result).toMatchObject({ success: true, data: { status: 'done' } });
  return result.data as GeneratedData;
}

describe('edit_image', () => {
  it('sends the image and the prompt, and stores the new image as a child of it', async () => {
    const { images } = await done({});
    expect(vendor.received).toEqual([{ prompt: 'make it blue', images: [fox], mask: undefined }]);
    const { parents } = await store.get(images[0]!.id);
    expect(parents).toEqual([foxId]);
    expect(await store.open(foxId)).toEqual(fox);
  });

  it('edits the last image of these tools again, else the newest of the store', async () => {
    const tools = toolsWith();
    const first = await done({ image: 'last' }, tools);
    expect(vendor.received[0]?.images).toEqual([fox]);
    await store.import(await plainPng(7, 7));
    await done({ image: 'last' }, tools);
    expect(vendor.received[1]?.images).toEqual([await store.open(first.images[0]!.id)]);
  });

  it('edits the last image of a conversation', async () => {
    const tools = toolsWith();
    const first = await edit({}, tools);
    const conversation = [
      { role: 'assistant', tool_calls: [{ id: 'call-1', type: 'function' }] },
      { role: 'tool', tool_call_id: 'call-1', content: JSON.stringify(first) },
      { role: 'user', content: 'Now make it green.' },
    ];
    await store.import(await plainPng(7, 7));
    await done({ image: toReference(lastImage(conversation) ?? {}) }, tools);
    expect(vendor.received[1]?.images).toEqual([await store.open((first.data as GeneratedData).images[0]!.id)]);
  });

  it('repaints a region: only there the mask of the vendor is open', async () => {
    await done({ mask_region: { x: 0.5, y: 0, width: 0.5, height: 0.5 } });
    const { width, height, data } = await decodePng(vendor.received[0]!.mask!, { maxPixels: 1e6 });
    expect([width, height]).toEqual([64, 32]);
    const isOpen = (x: number, y: number) => data[(y * 64 + x) * 4 + 3] === 0;
    expect([isOpen(32, 0), isOpen(63, 15), isOpen(31, 0), isOpen(32, 16)]).toEqual([true, true, false, false]);
  });

  it('takes a mask, further images, and files of allowed folders', async () => {
    await mkdir(join(folder(), 'art'));
    await writeFile(join(folder(), 'art', 'owl.png'), await plainPng(64, 64, 90));
    await writeFile(join(folder(), 'art', 'mask.png'), await plainPng(64, 64, 255));
    const tools = toolsWith({ roots: [join(folder(), 'art')] });
    const { images } = await done({ image: 'owl.png', mask: 'mask.png', reference_images: [foxId] }, tools);
    expect(vendor.received[0]).toMatchObject({ images: [await plainPng(64, 64, 90), fox] });
    expect(vendor.received[0]?.mask).toBeDefined();
    expect((await store.get(images[0]!.id)).parents).toEqual([foxId]);
  });

  it('L15: is one bill for a repeated call, also when `last` has become another image', async () => {
    const tools = toolsWith();
    const first = await done({ image: 'last' }, tools, { callId: 'call-1' });
    const again = await done({ image: 'last' }, tools, { callId: 'call-1' });
    expect(again.images).toEqual(first.images);
    expect(vendor.received).toHaveLength(1);
    await done({ image: 'last' }, tools, { callId: 'call-2' });
    expect(vendor.received).toHaveLength(2);
  });

  it('asks before a call above the price that needs a confirmation', async () => {
    const tools = toolsWith({ confirmAboveUsd: 0.001 });
    const refused = await edit({}, tools);
    expect(refused).toMatchObject({ success: false, data: { code: 'confirmation_required', charged: 'no' } });
    expect(vendor.received).toEqual([]);
    await done({ confirm_cost_usd: 10 }, tools);
    expect(vendor.received).toHaveLength(1);
  });

  it('sends nothing for wrong arguments, and names them', async () => {
    const wrong: readonly (readonly [object, string])[] = [
      [{ image: 'missing.png' }, 'Image is a path, and no folder is allowed here.'],
      [{ image: '00000000000000000000' }, 'is not the id of a stored image'],
      [{ image: '~/.aws/credentials' }, 'no folder is allowed here'],
      [{ image: '' }, 'image'],
      [{ prompt: ' ' }, 'prompt'],
      [{ mask_region: { x: 0, y: 0, width: 0, height: 1 } }, 'mask_region: width must be above 0'],
      [{ mask_region: { x: 0.9, y: 0, width: 0.5, height: 1 } }, 'x + width'],
      [{ mask_region: { x: 0, y: 0, width: 1, height: 1, unit: 'px' } }, 'unit'],
      [{ mask: foxId, mask_region: { x: 0, y: 0, width: 1, height: 1 } }, 'cannot be used together'],
      [{ mask: 'http://169.254.169.254/mask.png' }, 'is not an https: link'],
      [{ reference_images: [foxId, '/etc/passwd'] }, 'Reference_images[1]'],
      [{ output_path: '../../.ssh/authorized_keys' }, 'output_path'],
    ];
    for (const [args, part] of wrong) {
      const result = await edit(args);
      expect(result, JSON.stringify(args)).toMatchObject({
        success: false,
        data: { code: 'invalid_request', charged: 'no', job_id: null },
      });
      expect((result as { error: string }).error.toLowerCase(), JSON.stringify(args)).toContain(part.toLowerCase());
    }
    expect(vendor.received).toEqual([]);
  });

  it('refuses a mask of another size before anything is sent', async () => {
    const mask = (await store.import(await plainPng(10, 10, 255))).id;
    const result = await edit({ mask });
    expect(result).toMatchObject({ success: false, data: { code: 'invalid_request', charged: 'no' } });
    expect(result).toMatchObject({ error: expect.stringContaining('10x10') });
    expect(vendor.received).toEqual([]);
  });

  it('refuses a region of an image that is a link', async () => {
    const tools = toolsWith({ referenceHosts: ['images.example.com'] });
    const result = await edit(
      { image: 'https://images.example.com/a.png', mask_region: { x: 0, y: 0, width: 1, height: 1 } },
      tools,
    );
    expect(result).toMatchObject({ error: expect.stringContaining('needs an image whose size is known') });
  });
});

describe('a link to an allowed host', () => {
  it('L03: is not dialled at a private address, even if the host is in the list', async () => {
    let dialled = 0;
    const secret = createServer((socket) => {
      dialled++;
      socket.destroy();
    });
    secret.listen(0, '127.0.0.1');
    await once(secret, 'listening');
    const { port } = secret.address() as AddressInfo;
    const hosts = [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      '169.254.169.254',
      '[::1]',
      '10.0.0.1',
      'metadata.google.internal',
    ];
    try {
      const tools = toolsWith({ referenceHosts: hosts });
      for (const host of hosts.slice(0, 5)) {
        const result = await edit({ image: `https://${host}/latest/meta-data.png` }, tools);
        expect(result, host).toMatchObject({ success: false, data: { charged: 'no' } });
      }
    } finally {
      secret.close();
    }
    expect(dialled).toBe(0);
    expect(vendor.received).toEqual([]);
  });
});
