/**
 * Requests of programs that cannot run in a test, sent byte by byte over a socket. What each program reads of the answer is checked.
 * - Captured from the program: `python-openai-*`, from version 3.22.1 of OpenAI's client for Python, and `curl-generate`, from 7.88.1.
 * - Written from the program's code as of November 2026: open-webui 02530d5, LibreChat 00b3bc3, n8n `OpenAi/v2`, nextcloud
 *   integration_openai 1280f78, Home Assistant `openai_conversation`.
 * - Written from memory: LiteLLM, SillyTavern.
 */
import { readdir } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { TOKEN } from '../support.ts';
import { imageOf } from './images-vendor.ts';
import { type RawAnswer, sendRecorded } from './recorded-request.ts';
import { maskWithHole, type ServerWithVendor, sha256, useServersWithVendors } from './support.ts';

const start = useServersWithVendors();
const INPUT = imageOf('the input of an edit');
const MASK = await maskWithHole();
const RETIRED = ['dall-e-2', 'dall-e-3', 'gpt-image-1'];

interface ImagesAnswer {
  readonly data: readonly { readonly b64_json?: string; readonly url?: string }[];
  readonly imagen?: { readonly model?: string; readonly warnings?: readonly string[] };
}

/** The requests that a test has sent. The last test finds those that none sends. */
const sent = new Set<string>();

async function send(server: ServerWithVendor, name: string): Promise<RawAnswer> {
  sent.add(name);
  return sendRecorded(server.url, name, { token: TOKEN, png: INPUT, mask: MASK });
}

function imagesOf({ status, body }: RawAnswer): ImagesAnswer {
  if (status !== 200) throw new Error(`${status}: ${body}`);
  return JSON.parse(body) as ImagesAnswer;
}

/** Reads the image as most programs do. */
async function decode({ data }: ImagesAnswer): Promise<{ readonly format: string; readonly size: string }> {
  const { format = '', width, height } = await sharp(Buffer.from(data[0]?.b64_json ?? '', 'base64')).metadata();
  return { format, size: `${width}x${height}` };
}

describe('Open WebUI', () => {
  it('generates with its defaults: a retired model, and a size that the model lacks', async () => {
    const server = await start();
    const answer = imagesOf(await send(server, 'open-webui-generate'));
    expect((await decode(answer)).format).toBe('png');
    const [submit] = server.vendor.submits;
    expect(submit?.prompt).toBe('ein Fuchs für Anna');
    expect(RETIRED).not.toContain(submit?.fields.model);
    // It ignores both, and its administrator sees them in the log of the answer.
    expect(answer.imagen?.model).toContain('openai/');
    expect(answer.imagen?.warnings?.join(' ')).toContain('512x512');
    expect(server.vendor.submits).toHaveLength(1);
  });

  it('generates two images with further parameters of its administrator', async () => {
    const server = await start();
    const answer = imagesOf(await send(server, 'open-webui-generate-gpt-image'));
    expect(answer.data.map(({ b64_json = '' }) => sha256(b64_json))).toEqual(
      [0, 1].map((index) => sha256(imageOf('a fox of Open WebUI', undefined, index))),
    );
    expect(server.vendor.submits[0]?.fields).toMatchObject({ quality: 'low', n: 2 });
    expect(answer.imagen?.warnings?.join(' ')).toContain('steps');
  });

  it('generates at an address of Azure, with a bearer token', async () => {
    const server = await start();
    const answer = imagesOf(await send(server, 'open-webui-generate-azure'));
    expect(sha256(answer.data[0]?.b64_json ?? '')).toBe(sha256(imageOf('a fox of Open WebUI at Azure')));
  });

  it.each([
    ['open-webui-edit', 1],
    ['open-webui-edit-several', 2],
  ])('edits with a form in which every value is text: %s', async (name, images) => {
    const server = await start();
    const answer = imagesOf(await send(server, name));
    expect((await decode(answer)).format).toBe('png');
    const [submit] = server.vendor.submits;
    expect(submit?.path).toBe('/v1/images/edits');
    expect(submit?.files.map(({ bytes }) => sha256(bytes))).toEqual(
      Array.from({ length: images }, () => sha256(INPUT)),
    );
  });

  it('shows its user the reason phrase of an error, which says what is wrong', async () => {
    const answer = await send(await start(), 'open-webui-unknown-model');
    expect(answer.status).toBe(404);
    expect(answer.reason).toMatch(/model/i);
    expect(answer.reason).toMatch(/^[\x20-\x7e]{1,80}$/);

    const poor = await send(await start({ budget: { perDayUsd: 0.000_1 } }), 'open-webui-generate-gpt-image');
    expect(poor.status).toBe(402);
    expect(poor.reason).toMatch(/budget/i);
  });
});

describe('LibreChat', () => {
  it('generates with its only model, which is retired, and `auto` for the rest', async () => {
    const server = await start();
    const answer = imagesOf(await send(server, 'librechat-generate'));
    expect(sha256(answer.data[0]?.b64_json ?? '')).toBe(sha256(imageOf('a fox of LibreChat')));
    expect(RETIRED).not.toContain(server.vendor.submits[0]?.fields.model);
  });

  it('edits with a form of axios, which is sent in chunks', async () => {
    const server = await start();
    const answer = imagesOf(await send(server, 'librechat-edit'));
    expect(sha256(answer.data[0]?.b64_json ?? '')).toBe(sha256(imageOf('an edit of LibreChat')));
    expect(server.vendor.submits[0]?.files.map(({ bytes }) => sha256(bytes))).toEqual([sha256(INPUT)]);
  });
});

describe('n8n', () => {
  it('tests its credentials with the list of models, and fills its menu from it', async () => {
    const { status, body } = await send(await start(), 'n8n-credential-test');
    expect(status).toBe(200);
    const { data } = JSON.parse(body) as { readonly data: readonly { readonly id: string }[] };
    expect(data.map(({ id }) => id)).toContain('openai/gpt-image-2');
  });

  it('generates with its older default, dall-e-3, and the fields of that model', async () => {
    const server = await start();
    const answer = imagesOf(await send(server, 'n8n-generate'));
    expect((await decode(answer)).format).toBe('png');
    const [submit] = server.vendor.submits;
    expect(RETIRED).not.toContain(submit?.fields.model);
    expect(submit?.fields).toMatchObject({ quality: 'medium' });
    expect(submit?.fields).not.toHaveProperty('style');
  });

  it('generates with its newer default, gpt-image-1-mini, before and after the end of that model', async () => {
    const server = await start();
    const answer = imagesOf(await send(server, 'n8n-generate-gpt-image'));
    expect(sha256(answer.data[0]?.b64_json ?? '')).toBe(sha256(imageOf('a fox of a newer n8n')));
  });

  it('edits with all options as text', async () => {
    const server = await start();
    const answer = imagesOf(await send(server, 'n8n-edit'));
    expect(sha256(answer.data[0]?.b64_json ?? '')).toBe(sha256(imageOf('an edit of n8n')));
  });

  it('keeps links of edits when its model is dall-e-2', async () => {
    const server = await start();
    const [image] = imagesOf(await send(server, 'n8n-edit-dall-e-2')).data;
    const file = await fetch(image?.url ?? '');
    expect(sha256(new Uint8Array(await file.arrayBuffer()))).toBe(sha256(imageOf('an edit of n8n with a link')));
  });
});

describe('Nextcloud', () => {
  it('lists the models, and generates without response_format', async () => {
    const server = await start();
    const models = await send(server, 'nextcloud-models');
    expect(JSON.parse(models.body)).toMatchObject({ object: 'list' });
    const answer = imagesOf(await send(server, 'nextcloud-generate'));
    // It takes both kinds, but would fetch links with its own key.
    expect(answer.data.map(({ url }) => url)).toEqual([undefined]);
    expect(sha256(answer.data[0]?.b64_json ?? '')).toBe(sha256(imageOf('a fox of Nextcloud')));
  });
});

describe('the Python client of OpenAI', () => {
  it('generates and edits', async () => {
    const server = await start();
    const generated = imagesOf(await send(server, 'python-openai-generate'));
    // The manager writes straight quotes, which all models know.
    expect(sha256(generated.data[0]?.b64_json ?? '')).toBe(sha256(imageOf('a fox of Python, "für Anna"')));
    const edited = imagesOf(await send(server, 'python-openai-edit'));
    expect(sha256(edited.data[0]?.b64_json ?? '')).toBe(sha256(imageOf('an edit of Python')));
    const files = server.vendor.submits[1]?.files ?? [];
    expect(files.map(({ field }) => field)).toEqual(['image[]', 'image[]', 'mask']);
  });
});

describe('LiteLLM as a proxy before the server', () => {
  it('generates without response_format, with the Python client of OpenAI', async () => {
    const server = await start();
    const answer = imagesOf(await send(server, 'litellm-generate'));
    expect(sha256(answer.data[0]?.b64_json ?? '')).toBe(sha256(imageOf('a fox through LiteLLM')));
  });
});

describe('SillyTavern', () => {
  it('generates with dall-e-3 at a size and quality of that model', async () => {
    const server = await start();
    const answer = imagesOf(await send(server, 'sillytavern-generate'));
    const { size } = await decode(answer);
    const [width = 0, height = 0] = size.split('x').map(Number);
    expect(width / height).toBeCloseTo(1024 / 1792, 1);
    expect(server.vendor.submits[0]?.fields).toMatchObject({ quality: 'high' });
  });
});

describe('Home Assistant', () => {
  it('reads the image from the events of the Responses API', async () => {
    const server = await start();
    const { status, headers, body } = await send(server, 'home-assistant-responses');
    expect(status, body).toBe(200);
    expect(headers['content-type']).toContain('text/event-stream');
    const events = eventsOf(body);
    const done = events.find(({ type }) => type === 'response.output_item.done');
    const { item } = done as { readonly item?: Readonly<Record<string, string>> };
    expect(item).toMatchObject({ type: 'image_generation_call', status: 'completed' });
    expect(sha256(item?.result ?? '')).toBe(sha256(imageOf('a fox of Home Assistant')));
    // It reads width and height from this text, if there is one.
    expect(item?.size ?? '1024x1024').toBe('1024x1024');
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { usage: expect.anything() } });
    expect(RETIRED).not.toContain(server.vendor.submits[0]?.fields.model);
  });
});

describe('curl', () => {
  it('generates with nothing but a prompt, and pays once for a repeated key', async () => {
    const server = await start();
    const first = imagesOf(await send(server, 'curl-generate'));
    const second = imagesOf(await send(server, 'curl-generate'));
    expect(sha256(second.data[0]?.b64_json ?? '')).toBe(sha256(first.data[0]?.b64_json ?? ''));
    expect(server.vendor.submitsOf('a fox of curl')).toBe(1);
  });
});

it('every recorded request is sent by a test of this file', async () => {
  const files = await readdir(new URL('requests/', import.meta.url));
  expect(files.map((file) => file.replace('.http', '')).sort()).toEqual([...sent].sort());
});

function eventsOf(body: string): readonly Readonly<Record<string, unknown>>[] {
  const lines = body.split('\n').filter((line) => line.startsWith('data: {'));
  return lines.map((line) => JSON.parse(line.slice('data: '.length)) as Readonly<Record<string, unknown>>);
}
