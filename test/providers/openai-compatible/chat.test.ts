/** Images through chat completions. */
import { describe, expect, it } from 'vitest';
import type { ImageEvent, MediaProvider } from '../../../src/providers/protocol/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { failureOf, openKind, openReplying } from './support.ts';

const prompt = 'a red fox';
const png = await encodeSketch({ $image: 'png', width: 64, height: 64 });

async function eventsOf(provider: MediaProvider): Promise<readonly ImageEvent[]> {
  const events: ImageEvent[] = [];
  for await (const event of provider.stream!({ prompt })) events.push(event);
  return events;
}

describe('chat completions', () => {
  it('are sent the prompt as a message, with the modalities', async () => {
    await using open = await openKind('chat');
    await open.provider.generate({ prompt });
    expect(open.server.received[0]).toMatchObject({
      path: '/v1/chat/completions',
      json: {
        model: 'google/gemini-3-pro-image',
        messages: [{ role: 'user', content: prompt }],
        modalities: ['image', 'text'],
      },
    });
    expect(open.server.received[0]?.json).not.toHaveProperty('response_format');
  });

  it('are requested once per image', async () => {
    await using open = await openKind('chat');
    expect((await open.provider.generate({ prompt, n: 3 })).images).toHaveLength(3);
    expect(open.server.received).toHaveLength(3);
  });

  it('receive input images as data: URLs', async () => {
    await using open = await openKind('chat');
    await open.provider.edit({ prompt, inputImages: [png, png] });
    expect(open.server.understood).toEqual([{ prompt, inputs: 2 }]);
  });

  it.each(['with words', 'in Markdown', 'as a part'])('return an image sent %s', async (text) => {
    await using open = await openKind('chat');
    const { images, warnings } = await open.provider.generate({ prompt: text });
    expect(images).toHaveLength(1);
    expect(warnings).toMatchObject([{ code: 'vendor_warning', message: expect.stringContaining('Here') }]);
    expect(JSON.stringify(warnings)).not.toContain('base64');
  });

  it('without an image report what the model wrote', async () => {
    await using open = await openKind('chat');
    expect(await failureOf(open.provider.generate({ prompt: 'only words' }))).toMatchObject({
      code: 'no_image',
      message: expect.stringContaining('Which season should it be?'),
    });
  });

  it('with a refusal are content_refused', async () => {
    await using open = await openKind('chat');
    expect(await failureOf(open.provider.generate({ prompt: 'refused' }))).toMatchObject({
      code: 'content_refused',
      message: expect.stringContaining('I cannot help with that.'),
    });
  });

  it('limit the text of a long answer', async () => {
    await using open = await openReplying(
      { json: { choices: [{ finish_reason: 'stop', message: { content: 'word '.repeat(10_000) } }] } },
      { api: 'chat', models: ['talker'] },
    );
    const { code, message } = await failureOf(open.provider.generate({ prompt }));
    expect(code).toBe('no_image');
    expect(message.length).toBeLessThan(1_500);
  });

  it('return two images of one streamed chunk, and its text as one warning', async () => {
    await using open = await openKind('chat');
    const done = (await eventsOf(open.provider)).find((event) => event.type === 'done');
    const { images, warnings } = done!.generation;
    expect(images).toHaveLength(2);
    expect(warnings).toContainEqual(
      expect.objectContaining({ code: 'vendor_warning', message: expect.stringContaining('Two foxes.') }),
    );
  });

  it('require a model name', async () => {
    await using open = await openKind('chat', { models: undefined });
    expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({
      code: 'invalid_request',
      charged: 'no',
      message: expect.stringContaining('requires a model name'),
    });
    expect(open.server.received).toEqual([]);
  });

  it.each([{ seed: 7 }, { negativePrompt: 'blur' }, { size: '512x512' }, { options: { steps: 9 } }])(
    'refuse settings that they have no field for, before the call: %j',
    async (more) => {
      await using open = await openKind('chat');
      expect(await failureOf(open.provider.generate({ prompt, ...more }))).toMatchObject({ charged: 'no' });
      expect(open.server.received).toEqual([]);
    },
  );

  it('that the server does not support are reported as such', async () => {
    await using open = await openKind('localai', { server: 'generic', api: 'chat', models: ['flux'] });
    expect(await failureOf(open.provider.generate({ prompt }))).toMatchObject({
      code: 'unsupported',
      hint: expect.stringContaining('chat/completions'),
    });
  });

  it('add extra fields from options.body', async () => {
    await using open = await openKind('chat');
    const options = { body: { image_config: { aspect_ratio: '16:9' } } };
    await open.provider.generate({ prompt, options });
    expect(open.server.received[0]?.json).toMatchObject(options.body);
  });

  it('stream; the images API returns the complete image', async () => {
    await using open = await openKind('vllm-omni');
    const [last] = (await eventsOf(open.provider)).slice(-1);
    expect(last).toMatchObject({ type: 'done' });
    expect(open.server.received[0]?.json).not.toHaveProperty('stream');
  });
});
