/** POST /v1/images/edits: forms and JSON, input images and masks. */
import { Buffer } from 'node:buffer';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fieldsOfForm } from '../../../src/apps/server/openai/request/read-image-body.ts';
import { imageOf, noiseOf } from '../clients/images-vendor.ts';
import { maskWithHole, type ServerWithVendor, sha256, useServersWithVendors } from '../clients/support.ts';

const start = useServersWithVendors();
const INPUT = imageOf('the input of an edit');
const OTHER = imageOf('another input');
const MASK = await maskWithHole();
const MODEL = 'openai/gpt-image-2';

const fileOf = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)], { type: 'image/png' });
const dataLink = (bytes: Uint8Array) => `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;

async function edit({ send }: ServerWithVendor, parts: readonly (readonly [string, string | Uint8Array])[]) {
  const form = new FormData();
  for (const [name, value] of parts) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, fileOf(value), 'file.png');
  }
  return send('/v1/images/edits', { method: 'POST', body: form });
}

const filesOf = ({ vendor }: ServerWithVendor) => vendor.submits[0]?.files.map(({ bytes }) => sha256(bytes));
const TEXTS = [
  ['prompt', 'make it blue'],
  ['model', MODEL],
] as const;

async function expectRefused(answer: Response, param: string, message?: RegExp) {
  const body = (await answer.json()) as { readonly error: { readonly message: string } };
  expect(answer.status, JSON.stringify(body)).toBe(400);
  expect(body.error).toMatchObject({ param, type: 'invalid_request_error' });
  if (message) expect(body.error.message).toMatch(message);
}

describe('input images of a form', () => {
  it.each([
    ['image', [['image', INPUT]], [INPUT]],
    [
      'image[]',
      [
        ['image[]', INPUT],
        ['image[]', OTHER],
      ],
      [INPUT, OTHER],
    ],
    [
      'image[0] and image[1]',
      [
        ['image[0]', INPUT],
        ['image[1]', OTHER],
      ],
      [INPUT, OTHER],
    ],
    [
      'image twice',
      [
        ['image', INPUT],
        ['image', OTHER],
      ],
      [INPUT, OTHER],
    ],
  ] as const)('arrive at the vendor in their order: %s', async (_, files, expected) => {
    const server = await start();
    const answer = await edit(server, [...TEXTS, ...files]);
    expect(answer.status, await answer.text()).toBe(200);
    expect(filesOf(server)).toEqual(expected.map(sha256));
  });

  it('are needed, and must be images', async () => {
    const server = await start();
    await expectRefused(await edit(server, TEXTS), 'image', /missing/);
    await expectRefused(await edit(server, [...TEXTS, ['image', new Uint8Array([1, 2, 3])]]), 'image', /not an image/);
    await expectRefused(await edit(server, [...TEXTS, ['image', INPUT.slice(0, 200)]]), 'image', /broken png/);
    const many = Array.from({ length: 17 }, () => ['image[]', INPUT] as const);
    await expectRefused(await edit(server, [...TEXTS, ...many]), 'image', /at most 16/);
    expect(server.vendor.submits).toHaveLength(0);
  });
});

describe('a mask', () => {
  it.each(['mask', 'mask[]'])('of OpenAI, transparent = repaint, is the same at the vendor: %s', async (name) => {
    const server = await start();
    const answer = await edit(server, [...TEXTS, ['image', INPUT], [name, MASK]]);
    expect(answer.status, await answer.text()).toBe(200);
    const sent = server.vendor.submits[0]?.files.find(({ field }) => field === 'mask');
    const alpha = async (bytes: Uint8Array | undefined) => sharp(bytes).extractChannel('alpha').raw().toBuffer();
    expect(sha256(await alpha(sent?.bytes))).toBe(sha256(await alpha(MASK)));
  });

  it('that is opaque, of another size, no PNG, or one of several is refused', async () => {
    const server = await start();
    const refused = async (mask: Uint8Array, message: RegExp) =>
      expectRefused(await edit(server, [...TEXTS, ['image', INPUT], ['mask', mask]]), 'mask', message);
    await refused(INPUT, /opaque/);
    await refused(new Uint8Array(await sharp(MASK).resize(512).png().toBuffer()), /512x512/);
    await refused(new Uint8Array(await sharp(INPUT).jpeg().toBuffer()), /PNG/);
    const two = [
      ['mask', MASK],
      ['mask[]', MASK],
    ] as const;
    await expectRefused(await edit(server, [...TEXTS, ['image', INPUT], ...two]), 'mask', /several/);
    expect(server.vendor.submits).toHaveLength(0);
  });
});

describe('fields of a form', () => {
  it('are refused if they come twice, or are not supported', async () => {
    const server = await start();
    await expectRefused(await edit(server, [...TEXTS, ['prompt', 'make it red'], ['image', INPUT]]), 'prompt', /twice/);
    await expectRefused(await edit(server, [...TEXTS, ['image', INPUT], ['markup', MASK]]), 'markup');
    expect(server.vendor.submits).toHaveLength(0);
  });

  it('name files of unknown fields in the warnings', async () => {
    const server = await start();
    const answer = await edit(server, [...TEXTS, ['image', INPUT], ['thumbnail', OTHER]]);
    expect(await answer.json()).toMatchObject({
      imagen: { warnings: expect.arrayContaining(['The unknown field "thumbnail" was ignored.']) as unknown },
    });
  });

  it('nest with brackets, as the client of OpenAI writes them', () => {
    const fields = new Map([
      ['svg[model]', ['m']],
      ['svg[reasoning][effort]', ['low']],
    ]);
    expect(fieldsOfForm({ fields, files: [] })).toEqual({ svg: { model: 'm', reasoning: { effort: 'low' } } });
  });
});

describe('input images in JSON', () => {
  const post = (server: ServerWithVendor, body: object) =>
    server.post('/v1/images/edits', { prompt: 'make it blue', model: MODEL, ...body });

  it.each([
    ['a data link', { image: dataLink(INPUT) }],
    ['a list of them', { image: [dataLink(INPUT)] }],
    ['an object, as in the newest API', { images: [{ image_url: dataLink(INPUT) }] }],
    ['an object with a nested link', { image: { image_url: { url: dataLink(INPUT) } } }],
  ])('can be %s', async (_, body) => {
    const server = await start();
    const answer = await post(server, body);
    expect(answer.status, await answer.text()).toBe(200);
    expect(filesOf(server)).toEqual([sha256(INPUT)]);
  });

  it('can be a large data link that is broken into lines', async () => {
    const server = await start();
    const input = noiseOf(600_000);
    const lines = dataLink(input).replaceAll(/(.{76})/g, '$1\r\n');
    const answer = await post(server, { image: lines });
    expect(answer.status, await answer.text()).toBe(200);
    expect(filesOf(server)).toEqual([sha256(input)]);
  });

  it.each(['file_id', 'id', 'text'])(
    'can be a stored image, which becomes a parent of the new one: %s',
    async (form) => {
      const server = await start();
      const { id } = await server.store.import(new Uint8Array(INPUT));
      const answer = await post(server, { image: form === 'text' ? id : { [form]: id } });
      const { imagen } = (await answer.json()) as {
        readonly imagen: { readonly images: readonly { readonly id: string }[] };
      };
      expect(filesOf(server)).toEqual([sha256(INPUT)]);
      const stored = await server.store.lineage(imagen.images[0]?.id ?? '');
      expect(JSON.stringify(stored)).toContain(id);
    },
  );

  it('are refused if they are unknown, unreadable or elsewhere', async () => {
    const server = await start();
    await expectRefused(await post(server, {}), 'image', /missing/);
    await expectRefused(await post(server, { image: { file_id: 'file-unknown' } }), 'image', /does not exist/);
    await expectRefused(await post(server, { image: 'data:text/html;base64,AAAA' }), 'image', /data link/);
    await expectRefused(await post(server, { image: 'data:image/png;base64,*' }), 'image', /base64/);
    await expectRefused(await post(server, { image: 'http://127.0.0.1/x.png' }), 'image', /https/);
    await expectRefused(await post(server, { image: 'file:///etc/passwd' }), 'image');
    await expectRefused(await post(server, { image: '../../etc/passwd' }), 'image');
    await expectRefused(await post(server, { image: 7 }), 'image');
    await expectRefused(await post(server, { image: { image_url: 'x', file_id: 'y' } }), 'image');
    await expectRefused(await post(server, { image: dataLink(INPUT), mask: 'https://example.com/m.png' }), 'mask');
    expect(server.vendor.submits).toHaveLength(0);
  });

  it('are not fetched from an address of this machine or its network', async () => {
    const server = await start();
    const answer = await post(server, { image: 'https://127.0.0.1:1/x.png' });
    await expectRefused(answer, 'image', /^image could not be fetched/);
    expect(server.vendor.submits).toHaveLength(0);
  });
});
