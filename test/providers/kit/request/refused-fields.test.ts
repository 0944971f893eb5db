/** The error of a refused request names the field, for programs: each reason to refuse, for each field of a request. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { encodePng } from '../../../../src/providers/kit/image/png.ts';
import { defineProvider, type EditArgs, postForm } from '../../../../src/providers/kit/index.ts';
import { modelPath } from '../../../../src/providers/kit/request/url-path.ts';
import { wrapProvider } from '../../../../src/providers/kit/wrap/wrap-provider.ts';
import { AiImageError, type EditRequest, type ModelCard } from '../../../../src/providers/protocol/index.ts';
import { openVendor, sampleCard, sampleParts, sendJson } from '../support/vendor.ts';

const KEY = 'sample-key-0123456789';
const png = (side: number) =>
  encodePng({ width: side, height: side, channels: 1, data: new Uint8Array(side * side).fill(255) });
const [small, image] = [await png(8), await png(64)];

const edit = {
  operations: ['edit', 'inpaint'],
  maxInputs: 2,
  maxInputBytes: 100_000,
  inputFormats: ['png'],
  inputBounds: { minEdge: 16 },
  mask: { convention: 'white-repaints', maxBytes: 100 },
} as const satisfies ModelCard['edit'];
const { mask: _, ...withoutMask } = edit;
const plain = { title: 'Plain', sizes: { kind: 'none' }, formats: ['png'], maxImages: 1, maxPromptLength: 10 } as const;
const models: Readonly<Record<string, ModelCard>> = {
  'sample-1': { ...sampleCard, formats: ['png', 'jpeg'], backgrounds: ['opaque', 'transparent'], edit },
  plain: { ...plain, source: 'made for tests' },
  drawings: { ...plain, formats: ['svg'], source: 'made for tests' },
  wordless: { ...plain, maxPromptLength: 0, source: 'made for tests' },
  free: { ...plain, formatIsFixed: true, formats: ['png', 'webp'], source: 'made for tests' },
  editor: { ...sampleCard, edit, editsOnly: true },
  retired: { ...sampleCard, shutdown: '2020-01-01', successor: 'sample-1' },
  maskless: { ...sampleCard, edit: withoutMask },
};
const sample = defineProvider({
  ...sampleParts,
  models,
  toRequest: (args) => ({ ...sampleParts.toRequest(args), url: `images/${modelPath(args.model)}` }),
  toEdit: ({ prompt, inputs, mask }: EditArgs<unknown>) => postForm('edits', { prompt, image: inputs, mask }),
  check: ({ options, seed }) => [
    ...(seed === 9 ? [{ field: 'seed', message: 'seed 9 is reserved', hint: 'Pass another.' }] : []),
    ...(options?.steps === 7 ? [{ field: 'options.steps', message: 'steps is 7', hint: 'Pass another.' }] : []),
  ],
});

type Case = readonly [why: string, request: Readonly<Record<string, unknown>>, field?: string];

/** By the first part of the field that the error names. Without a name of its own, a case names exactly this field. */
const CASES: Readonly<Record<keyof EditRequest, readonly Case[]>> = {
  prompt: [
    ['is missing', {}],
    ['is no text', { prompt: 1 }],
    ['is blank', { prompt: ' ' }],
    ['is too long for the model', { prompt: 'x'.repeat(101) }],
    ['is not taken by the model', { prompt: 'fox', model: 'wordless' }],
    ['is needed for an edit', { inputImages: [image] }],
  ],
  negativePrompt: [
    ['is no text', { negativePrompt: 1 }],
    ['is too long', { negativePrompt: 'x'.repeat(21) }],
    ['is not supported', { negativePrompt: 'blur', model: 'plain' }],
  ],
  model: [
    ['is no text', { model: 1 }],
    ['is an API key', { model: 'sk-proj-9fK2mQ7xLr4TzW8vB3nY6cD1' }],
    ['is shut down', { model: 'retired' }],
    ['can only edit', { model: 'editor' }],
    ['would change the path of the URL', { model: '../files' }],
  ],
  n: [
    ['is no number', { n: '2' }],
    ['is 0', { n: 0 }],
  ],
  size: [
    ['is no size', { size: '12' }],
    ['is not among those of the model', { size: '999x1' }],
    ['is not supported', { size: '1x1', model: 'plain' }],
  ],
  aspectRatio: [
    ['is no ratio', { aspectRatio: 'wide' }],
    ['contradicts the size', { aspectRatio: '1:1', size: '1x1' }],
    ['is not among those of the model', { aspectRatio: '7:1' }],
    ['is not supported', { aspectRatio: '1:1', model: 'plain' }],
  ],
  style: [
    ['is no text', { style: 1 }],
    ['is not among those of the model', { style: 'etching' }],
    ['is not supported', { style: 'ink', model: 'plain' }],
  ],
  quality: [
    ['is no level', { quality: 'best' }],
    ['is not among those of the model', { quality: 'standard' }],
  ],
  seed: [
    ['is no number', { seed: '1' }],
    ['is outside the bounds', { seed: 10 }],
    ['is not supported', { seed: 1, model: 'plain' }],
    ['is refused by the adapter', { seed: 9 }],
  ],
  format: [
    ['is no format', { format: 'bmp' }],
    ['is not supported', { format: 'gif' }],
    ['must be requested', { model: 'drawings' }],
    ['is decided by the model', { format: 'webp', model: 'free' }],
  ],
  background: [
    ['is no background', { background: 'red' }],
    ['is not supported', { background: 'opaque', model: 'plain' }],
    ['does not fit the format', { background: 'transparent', format: 'jpeg' }],
  ],
  inputImages: [
    ['is no list', { inputImages: 'image.png' }],
    ['is one image, not a list', { inputImages: image }],
    ['is an empty list', { inputImages: [] }],
    ['has something else than an image', { inputImages: [image, 1] }, 'inputImages.1'],
    ['is not supported', { inputImages: [image], model: 'plain' }],
    ['is missing', { operation: 'edit' }],
    ['has too many', { inputImages: [image, image, image] }],
    ['has a file that is no image', { inputImages: [image, Uint8Array.of(1)] }, 'inputImages.1'],
    ['has an image of the wrong size', { inputImages: [small] }, 'inputImages.0'],
    ['has a link that must not be fetched', { inputImages: ['https://127.0.0.1/a.png'] }, 'inputImages.0'],
  ],
  mask: [
    ['is no image', { inputImages: [image], mask: 1 }],
    ['is not supported', { inputImages: [image], mask: image, model: 'maskless' }],
    ['is missing', { inputImages: [image], operation: 'inpaint' }],
    ['is no PNG', { inputImages: [image], mask: Uint8Array.of(1) }],
    ['has another size than the image', { inputImages: [image], mask: small }],
    ['is a link that must not be fetched', { inputImages: [image], mask: 'https://127.0.0.1/a.png' }],
  ],
  operation: [
    ['is none', { inputImages: [image], operation: 'paint' }],
    ['is not supported', { inputImages: [image], operation: 'upscale' }],
  ],
  safety: [
    ['is no level', { safety: 'none' }],
    ['is not supported', { safety: 'relaxed' }],
  ],
  options: [
    ['is no object', { options: 'fast' }],
    ['is bytes', { options: image }],
    ['has an unknown name', { options: { stepz: 1 } }, 'options.stepz'],
    ['has a value of another type', { options: { steps: 'many' } }, 'options.steps'],
    ['cannot be written as JSON', { options: { steps: 1n } }, 'options.steps'],
    ['is refused by the adapter', { options: { steps: 7 } }, 'options.steps'],
    ['has an API key as a name', { options: { 'sk-proj-9fK2mQ7xLr4TzW8vB3nY6cD1': 1 } }, 'options.[redacted]'],
  ],
  metadata: [
    ['is no object', { metadata: 'mine' }],
    ['is bytes', { metadata: image }],
  ],
  onUnsupported: [['is neither refuse nor adapt', { onUnsupported: 'ignore' }]],
};

/** The requests about the prompt bring their own. */
const withPrompt = (field: string, request: object) => (field === 'prompt' ? request : { prompt: 'fox', ...request });

const failureOf = (call: Promise<unknown>): Promise<AiImageError> =>
  call.then(
    () => expect.unreachable('it succeeded'),
    (error: AiImageError) => error,
  );

describe.each(Object.entries(CASES))('%s', (name, cases) => {
  const rows = cases.map(([why, given, field = name]) => ({ why, given, field }));
  it.each(rows)('$why', async ({ given, field }) => {
    await using vendor = await openVendor((_request, response) => sendJson(response, { error: 'it was sent' }, 400));
    const provider = sample.create({ apiKey: KEY, baseUrl: vendor.url });
    const request = withPrompt(name, given) as EditRequest; // wrong on purpose
    const error = await failureOf(provider.generate(request as Parameters<typeof provider.generate>[0]));
    expect(error.toJSON()).toMatchObject({ field, charged: 'no', provider: 'sample' });
    expect(vendor.received).toEqual([]);
    // A plan throws the same error, or has the same field in its refusals. It fetches no links.
    const planned = await provider.plan(request).then(
      ({ refusals }) => refusals.map((refusal) => refusal.field),
      (thrown: AiImageError) => [thrown.field],
    );
    if (!error.message.includes('could not be fetched')) expect(planned[0]).toBe(field);
  });
});

describe('an error without a field', () => {
  it('is about the whole request, or about what a vendor refused', async () => {
    await using vendor = await openVendor((_request, response) => sendJson(response, { error: 'size is wrong' }, 400));
    const provider = sample.create({ apiKey: KEY, baseUrl: vendor.url });
    const nothing = undefined as unknown as EditRequest; // wrong on purpose
    expect(await failureOf(provider.plan(nothing))).toMatchObject({ code: 'invalid_request', field: undefined });
    const refused = await failureOf(provider.generate({ prompt: 'fox', size: '1x1' }));
    expect(refused).toMatchObject({ code: 'invalid_request', status: 400, field: undefined });
    expect(vendor.received).toHaveLength(1);
  });
});

describe('a provider that has only generateImage', () => {
  it.each([
    ['seed', { prompt: 'fox', seed: 1 }],
    ['inputImages', { prompt: 'fox', inputImages: [image] }],
    ['size', { prompt: 'fox', size: '12' }],
  ])('is not called with a wrong %s', async (field, request) => {
    const provider = wrapProvider('mine', { generateImage: async () => expect.unreachable('it was called') });
    expect(await failureOf(provider.generate(request))).toMatchObject({ field, provider: 'mine' });
  });
});

describe('the field of an error', () => {
  it('survives the way to another process', () => {
    const error = new AiImageError('invalid_request', 'the seed is wrong', { field: 'seed' });
    expect(AiImageError.fromJSON(JSON.parse(JSON.stringify(error))).field).toBe('seed');
  });

  it('never shows an API key', () => {
    const field = 'options.sk-proj-9fK2mQ7xLr4TzW8vB3nY6cD1';
    expect(new AiImageError('invalid_request', 'a key', { field }).field).toBe('options.[redacted]');
  });
});

/** Returns the errors that a source file makes without a field: about requests, not about the code or the time. */
function errorsWithoutField(source: string): readonly string[] {
  const starts = [...source.matchAll(/new AiImageError\((?:code|'invalid_request'|'unsupported'),/g)];
  const calls = starts.map(({ index }) => source.slice(index, source.indexOf(');', index)));
  return calls.filter((call) => !/\bfield\b/.test(call.slice(call.lastIndexOf('{'))));
}

describe('the code that checks requests', () => {
  it('makes no error without a field, except one for an argument that is no object', async () => {
    const folder = fileURLToPath(new URL('../../../../src/providers/kit/request/', import.meta.url));
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
    const sources = await Promise.all(files.map((file) => readFile(folder + file, 'utf8')));
    expect(sources.join('').match(/new AiImageError\(/g)!.length).toBeGreaterThan(5);
    const found = sources.flatMap(errorsWithoutField);
    expect(found).toEqual([expect.stringMatching(/\{what\}`, \{ provider, hint \}$/)]);
  });

  it('is searched for what this file looks for', () => {
    const thrown = (details: string) => `throw new AiImageError('invalid_request', message, ${details});`;
    expect(errorsWithoutField(thrown('{ hint }'))).toHaveLength(1);
    expect(errorsWithoutField(thrown('{ field, hint }'))).toEqual([]);
  });
});
