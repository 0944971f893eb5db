/** Input images that are uploaded before the request, and results that the API itself returns. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { encodePng } from '../../../../src/providers/kit/image/png.ts';
import {
  defineProvider,
  type EditArgs,
  get,
  type ImageItem,
  post,
  postForm,
  uploadFeature,
} from '../../../../src/providers/kit/index.ts';
import type { AiImageError, ModelCard } from '../../../../src/providers/protocol/index.ts';
import { openVendor, sampleCard, sampleParts, sendJson, type Vendor, WHITE_PNG } from '../support/vendor.ts';

const apiKey = 'sample-key-0123456789';
const draw = (shade: number) => encodePng({ width: 8, height: 8, channels: 4, data: new Uint8Array(256).fill(shade) });
const [small, large, mask] = [await draw(255), await draw(10), await draw(255)];

const models = {
  'sample-1': {
    ...sampleCard,
    edit: {
      operations: ['edit', 'inpaint'],
      maxInputs: 3,
      maxInputBytes: 100_000,
      inputFormats: ['png'],
      mask: { convention: 'white-repaints' },
    },
  },
} as const satisfies Record<string, ModelCard>;

/** A vendor that says where to put a file and what to call it. */
const uploading = defineProvider({
  ...sampleParts,
  models: models as Readonly<Record<string, ModelCard>>,
  toEdit: ({ inputs, mask: hole }: EditArgs<unknown>) =>
    post('edits', { files: inputs.map(({ reference }) => reference), mask: hole?.reference }),
  upload: {
    feature: uploadFeature,
    toRequest: ({ fileName }) => post('files', { fileName }),
    responseSchema: z.object({ id: z.string(), put: z.string(), form: z.optional(z.record(z.string(), z.string())) }),
    toTarget: ({ put, form }, file) =>
      form === undefined
        ? { link: put, method: 'PUT', body: { kind: 'bytes', bytes: file.bytes, mediaType: file.mediaType } }
        : { link: put, method: 'POST', body: postForm(put, { ...form, file }).body! },
    toReference: ({ id }) => `file:${id}`,
  },
});

interface Script {
  readonly put?: (vendor: Vendor) => string;
  readonly form?: Readonly<Record<string, string>>;
  readonly putStatus?: number;
}

const serve = async ({ put, form, putStatus = 200 }: Script = {}) => {
  let files = 0;
  const vendor: Vendor = await openVendor(({ path }, response) => {
    if (path === '/v1/files') {
      files++;
      return sendJson(response, { id: `f${files}`, put: put?.(vendor) ?? `${vendor.url}/store/${files}`, form });
    }
    if (path.startsWith('/v1/store/')) return void response.writeHead(putStatus).end();
    return sendJson(response, { images: [WHITE_PNG.toString('base64')] });
  });
  return vendor;
};
const failure = (call: Promise<unknown>) =>
  call.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: AiImageError) => error,
  );

describe('an upload', () => {
  it('comes before the request that refers to the files, and sends the credential only to the API', async () => {
    await using vendor = await serve();
    const provider = uploading.create({ apiKey, baseUrl: vendor.url });
    await provider.edit({ prompt: 'x', inputImages: [small, large], mask });

    const lines = vendor.received.map(({ method, path }) => `${method} ${path}`);
    expect(lines.filter((line) => line === 'POST /v1/files')).toHaveLength(3);
    expect(lines.at(-1)).toBe('POST /v1/edits');
    const { files, mask: hole } = JSON.parse(vendor.received.at(-1)!.body) as { files: string[]; mask: string };
    expect(new Set([...files, hole]).size).toBe(3);
    const puts = vendor.received.filter(({ path }) => path.startsWith('/v1/store/'));
    expect(puts.map(({ method, headers }) => [method, headers['content-type'], headers.authorization])).toEqual(
      Array.from({ length: 3 }, () => ['PUT', 'image/png', undefined]),
    );
    expect(puts.map(({ body }) => Buffer.from(body, 'latin1').equals(Buffer.from(small)))).toContain(true);
  });

  it('uploads each image once, even if several requests use it', async () => {
    await using vendor = await serve();
    const { images } = await uploading
      .create({ apiKey, baseUrl: vendor.url })
      .edit({ prompt: 'x', inputImages: [small, small], n: 3 });
    expect(images).toHaveLength(3);
    expect(vendor.received.filter(({ path }) => path === '/v1/files')).toHaveLength(1);
  });

  it('uses the form of the storage if there is one', async () => {
    await using vendor = await serve({ form: { policy: 'p1' } });
    await uploading.create({ apiKey, baseUrl: vendor.url }).edit({ prompt: 'x', inputImages: [small] });
    const put = vendor.received.find(({ path }) => path.startsWith('/v1/store/'));
    expect(put?.method).toBe('POST');
    expect(put?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(put?.body).toMatch(/name="policy"[\s\S]*p1[\s\S]*name="file"; filename="image-1\.png"/);
  });

  it('is not made for a plan, which describes the file instead', async () => {
    const { requests } = await uploading.create({ apiKey }).plan({ prompt: 'x', inputImages: [small] });
    expect(requests[0]?.body).toEqual({ files: [expect.stringMatching(/^<image\/png, \d+ bytes>$/)] });
  });

  it.each([
    ['at a private address', 'https://10.0.0.5/put'],
    ['at the metadata server', 'http://169.254.169.254/latest'],
    ['in clear', 'http://store.example/put'],
    ['on another local port', 'http://127.0.0.1:1/put'],
  ])('R02: an upload is not sent %s, even if the vendor says so', async (_, link) => {
    await using vendor = await serve({ put: () => link });
    const error = await failure(
      uploading.create({ apiKey, baseUrl: vendor.url }).edit({ prompt: 'x', inputImages: [small] }),
    );
    expect(error).toMatchObject({ code: 'unsafe_url', charged: 'no' });
    expect(vendor.received.map(({ path }) => path)).toEqual(['/v1/files']);
  });

  it('ends the call before anything is charged if it fails', async () => {
    await using vendor = await serve({ putStatus: 403 });
    const error = await failure(
      uploading.create({ apiKey, baseUrl: vendor.url }).edit({ prompt: 'x', inputImages: [small] }),
    );
    expect(error).toMatchObject({
      charged: 'no',
      message: expect.stringMatching(/did not accept the file \(HTTP 403\)/),
    });
    expect(vendor.received.some(({ path }) => path === '/v1/edits')).toBe(false);
  });

  it.each([
    [403, 'permission'],
    [413, 'too_large'],
    [429, 'rate_limited'],
    [503, 'unavailable'],
  ])(
    'fails with HTTP %i as %s, and its attempts and errors are those of the step `upload`',
    async (putStatus, code) => {
      await using vendor = await serve({ putStatus });
      const steps: string[] = [];
      const onAttempt = ({ step, url }: { readonly step: string; readonly url: string }) =>
        void (url.includes('/store/') && steps.push(step));
      const error = await failure(
        uploading
          .create({ apiKey, baseUrl: vendor.url, hooks: { onAttempt }, limits: { maxRetries: 0 } })
          .edit({ prompt: 'x', inputImages: [small] }),
      );

      expect(error).toMatchObject({ code, charged: 'no', cause: { step: 'upload' } });
      expect(steps).toEqual(['upload']);
    },
  );

  it('does not follow a redirect', async () => {
    await using other = await openVendor((_, response) => void response.end());
    let links = 0;
    await using vendor: Vendor = await openVendor(({ path }, response) => {
      if (path === '/v1/files') sendJson(response, { id: 'f', put: `${vendor.url}/store/1` });
      else if (path.startsWith('/v1/store/')) {
        links++;
        response.writeHead(307, { location: `${other.url}/take` }).end();
      } else sendJson(response, { images: [WHITE_PNG.toString('base64')] });
    });
    const error = await failure(
      uploading.create({ apiKey, baseUrl: vendor.url }).edit({ prompt: 'x', inputImages: [small] }),
    );
    expect([error.charged, links, other.received.length]).toEqual(['no', 1, 0]);
  });
});

describe('a result that the API itself serves', () => {
  const serving = defineProvider({
    ...sampleParts,
    responseSchema: z.object({ name: z.string() }),
    toImages: ({ name }): readonly ImageItem[] => [{ request: get(`view/${name}`) }],
  });

  it('is fetched with the credential, and retried after a transient fault', async () => {
    let views = 0;
    await using vendor = await openVendor(({ path }, response) => {
      if (path === '/v1/images') return sendJson(response, { name: 'a' });
      views++;
      if (views === 1) return void response.writeHead(503).end();
      return void response.writeHead(200, { 'content-type': 'image/png' }).end(WHITE_PNG);
    });
    const { images } = await serving.create({ apiKey, baseUrl: vendor.url }).generate({ prompt: 'a dot' });
    expect(images[0].imageBytes).toEqual(new Uint8Array(WHITE_PNG));
    const asked = vendor.received.filter(({ path }) => path === '/v1/view/a');
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${apiKey}`, `Bearer ${apiKey}`]);
    expect(vendor.received.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('is not an image if it is text', async () => {
    await using vendor = await openVendor(({ path }, response) =>
      path === '/v1/images' ? sendJson(response, { name: 'a' }) : sendJson(response, { oh: 'no' }),
    );
    const error = await failure(serving.create({ apiKey, baseUrl: vendor.url }).generate({ prompt: 'a dot' }));
    expect(error).toMatchObject({ code: 'bad_response', charged: 'yes' });
  });
});
