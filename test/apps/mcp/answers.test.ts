import { describe, expect, it } from 'vitest';
import { MAX_ANSWER_LENGTH } from '../../../src/apps/mcp/results/fit-answer.ts';
import type { ToolResult } from '../../../src/tool/index.ts';
import { createFakeTools, done, ERAS, imageOf, mcpConnections } from './support.ts';

const connect = mcpConnections();
const call = { name: 'generate_image', arguments: { prompt: 'a fox' } };
const previewOf = (length: number) => async () => ({
  ...{ bytes: new Uint8Array(length), mediaType: 'image/webp' as const, width: 1024, height: 1024 },
});

async function answerTo(...[answer, preview, settings = {}]: [ToolResult, ReturnType<typeof previewOf>?, object?]) {
  const { client, connect: open } = await connect(
    { tools: createFakeTools(() => answer, preview), ...settings },
    'auto',
  );
  await open();
  return client.callTool(call);
}

describe('an answer', () => {
  it('L10: shows small versions of the images, and never the images themselves', async () => {
    const result = await answerTo(done('a', 'b'), previewOf(3_000));
    expect(result.content.map(({ type }) => type)).toEqual([
      'text',
      'image',
      'image',
      'resource_link',
      'resource_link',
    ]);
    expect(result.content[1]).toMatchObject({
      mimeType: 'image/webp',
      annotations: { audience: ['user', 'assistant'] },
    });
    expect((result.content[0] as { text: string }).text).not.toContain('note');
  });

  it('L10: says that an image has no small version', async () => {
    const result = await answerTo(done('a'), async () => undefined as never);
    expect(result.content.map(({ type }) => type)).toEqual(['text', 'resource_link']);
    expect((result.content[0] as { text: string }).text).toContain('One image has no preview');
  });

  it('L10: with four large previews stays within the limit of clients', async () => {
    const result = await answerTo(done('a', 'b', 'c', 'd'), previewOf(300_000));
    expect(JSON.stringify(result).length).toBeLessThanOrEqual(MAX_ANSWER_LENGTH);
    expect(result.content.filter(({ type }) => type === 'image')).toHaveLength(2);
    expect(result.structuredContent).toEqual(done('a', 'b', 'c', 'd'));
    expect((result.content[0] as { text: string }).text).toContain('2 images have no preview');
  });

  it('L10: leaves out a preview of over 700 kB', async () => {
    const result = await answerTo(done('a'), previewOf(600_000));
    expect(result.content.map(({ type }) => type)).toEqual(['text', 'resource_link']);
  });

  it('L10: with endless texts of a vendor is shortened, and keeps the ids', async () => {
    const answer = done('a') as { success: true; data: Record<string, unknown> };
    const warnings = Array.from({ length: 1_000 }, () => 'x'.repeat(20_000));
    const result = await answerTo({ success: true, data: { ...answer.data, warnings } }, previewOf(10_000));
    expect(JSON.stringify(result).length).toBeLessThanOrEqual(MAX_ANSWER_LENGTH);
    expect(result.structuredContent).toMatchObject({ data: { job_id: 'job-1', images: [imageOf('a')] } });
    expect((result.content[0] as { text: string }).text).toContain('too long');
  });

  it('has the image also when its preview cannot be made', async () => {
    const errors: unknown[] = [];
    const failing = async () => {
      throw new Error('the disk is gone');
    };
    const result = await answerTo(done('a'), failing, { onError: (error: unknown) => errors.push(error) });
    expect(result.structuredContent).toEqual(done('a'));
    expect(errors).toHaveLength(1);
  });

  it('has no previews when the host wants none', async () => {
    const result = await answerTo(done('a'), previewOf(10), { previews: false });
    expect(result.content.map(({ type }) => type)).toEqual(['text', 'resource_link']);
  });

  it('has no previews of images that were only found', async () => {
    const found = { success: true as const, data: { images: [imageOf('a')] } };
    const result = await answerTo(found, previewOf(10));
    expect(result.content.map(({ type }) => type)).toEqual(['text', 'resource_link']);
  });

  it('has links of the host, and no paths if it hides them', async () => {
    const linkOf = async ({ id }: { id: string }) => `https://images.example.com/${id}`;
    const result = await answerTo(done('a'), undefined, { linkOf, hidesPaths: true });
    expect(result.structuredContent).toMatchObject({
      data: { images: [{ id: 'a', url: 'https://images.example.com/a', path: 'imagen://images/a' }] },
    });
    expect(JSON.stringify(result)).not.toContain('/images/a.png');
  });

  it('is marked as an error when the tool failed, with the same data', async () => {
    const failure: ToolResult = {
      success: false,
      error: 'stub: the prompt was refused.',
      data: { code: 'content_refused', charged: 'no', job_id: 'job-1', retry: false },
    };
    const result = await answerTo(failure);
    expect(result).toMatchObject({ isError: true, structuredContent: failure });
  });
});

describe.each(ERAS)('a call that waits, with a client of the mode %s', (era) => {
  it('reports progress with rising numbers and short messages, to a client that asks for it', async () => {
    const tools = createFakeTools(({ context }) => {
      context.onProgress?.({ message: `stub: ${'x'.repeat(500)}`, progress: 0.5 });
      return done('a');
    });
    const { client, connect: open } = await connect({ tools }, era);
    await open();
    const notes: { progress: number; message?: string | undefined }[] = [];
    await client.callTool(call, { onprogress: (note) => notes.push(note) });
    expect(notes).toMatchObject([{ progress: 0.5, total: 1 }]);
    expect(notes[0]?.message).toHaveLength(200);
  });

  it('gets no listener when the client does not ask for progress', async () => {
    const tools = createFakeTools(() => done('a'));
    const { client, connect: open } = await connect({ tools }, era);
    await open();
    await client.callTool(call);
    expect(tools.calls[0]?.context.onProgress).toBeUndefined();
  });

  it('L09: learns that the client has cancelled', async () => {
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<void>();
    const tools = createFakeTools(async ({ context }) => {
      context.signal?.addEventListener('abort', () => cancel());
      start();
      await cancelled;
      return done('a');
    });
    const { client, connect: open } = await connect({ tools }, era);
    await open();
    const abort = new AbortController();
    const result = client.callTool(call, { signal: abort.signal });
    await started;
    abort.abort();
    await expect(result).rejects.toThrow();
    await cancelled;
    expect(tools.calls[0]?.context.signal?.aborted).toBe(true);
  });
});
