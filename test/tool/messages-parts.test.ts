import type { Part } from '@google/genai';
import type { ContentBlock } from '@langchain/core/messages';
import type { CallToolResult } from '@modelcontextprotocol/client';
import type { FilePart, ModelMessage } from 'ai';
import type { ResponseInputImage } from 'openai/resources/responses/responses';
import sharp from 'sharp';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  lastImage,
  type MessageImage,
  toAiSdkPart,
  toAnthropicPart,
  toAssistantMessage,
  toGeminiPart,
  toLangChainPart,
  toMcpPart,
  toMessagePart,
  toOpenAiPart,
} from '../../src/tool/index.ts';
import { plainPng } from './files-support.ts';

const image = { id: 'f0f0f0f0f0f0f0f0', path: '/images/fox.png', url: null, mime: 'image/png' } as const;
const origin = { prompt: 'a red fox', provider: 'stub', model: 'stub-1' };
const bytes = await plainPng(3, 2);
const base64 = Buffer.from(bytes).toString('base64');
const small = { bytes, mediaType: 'image/png' } as const;
const link = { url: 'https://images.example.com/fox.png', mediaType: 'image/png' } as const;

describe('our own part', () => {
  it('has the fields that hosts expect, and no url where there is none', () => {
    expect(toMessagePart(image, origin)).toEqual({
      ...{ type: 'image', image_id: image.id, path: image.path, mime: 'image/png' },
      ...{ prompt: 'a red fox', provider: 'stub', model: 'stub-1' },
    });
    expect(Object.keys(toMessagePart({ ...image, url: link.url }, origin))).toEqual([
      ...['type', 'image_id', 'path', 'url', 'mime', 'prompt', 'provider', 'model'],
    ]);
  });

  it('follows the text in a message of the assistant', () => {
    expect(toAssistantMessage('Here it is.', [image], origin)).toEqual({
      role: 'assistant',
      content: [{ type: 'text', text: 'Here it is.' }, toMessagePart(image, origin)],
    });
  });
});

describe('the parts of vendors and frameworks', () => {
  it('have the types of their packages', () => {
    expectTypeOf(toOpenAiPart(small)).toExtend<ResponseInputImage>();
    expectTypeOf(toGeminiPart(small)).toExtend<Part>();
    expectTypeOf(toAiSdkPart(small)).toExtend<FilePart>();
    expectTypeOf(toMcpPart(small)).toExtend<CallToolResult['content'][number]>();
    expectTypeOf(toLangChainPart(small)).toExtend<ContentBlock.Multimodal.Image>();
    const message: ModelMessage = { role: 'user', content: [toAiSdkPart(small)] };
    expect(message.content).toHaveLength(1);
  });

  it('hold the bytes of an image', () => {
    expect(toOpenAiPart(small).image_url).toBe(`data:image/png;base64,${base64}`);
    expect(toAnthropicPart(small)).toEqual({
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data: base64 },
    });
    expect(toGeminiPart(small)).toEqual({ inlineData: { mimeType: 'image/png', data: base64 } });
    expect(toAiSdkPart(small)).toEqual({ type: 'file', mediaType: 'image/png', data: base64 });
    expect(toMcpPart(small)).toEqual({ type: 'image', mimeType: 'image/png', data: base64 });
    expect(toLangChainPart(small)).toEqual({ type: 'image', mimeType: 'image/png', data: base64 });
  });

  it('hold a link', () => {
    expect(toOpenAiPart(link)).toEqual({ type: 'input_image', detail: 'auto', image_url: link.url });
    expect(toAnthropicPart(link)).toEqual({ type: 'image', source: { type: 'url', url: link.url } });
    expect(toGeminiPart(link)).toEqual({ fileData: { mimeType: 'image/png', fileUri: link.url } });
    expect(toAiSdkPart(link)).toEqual({ type: 'file', mediaType: 'image/png', data: new URL(link.url) });
    expect(toMcpPart(link)).toEqual({ type: 'resource_link', uri: link.url, name: 'image', mimeType: 'image/png' });
    expect(toLangChainPart(link)).toEqual({ type: 'image', url: link.url });
  });

  it('are refused for formats that the vendor does not take', () => {
    const avif = { bytes, mediaType: 'image/avif' } as const;
    const gif = { bytes, mediaType: 'image/gif' } as const;
    for (const convert of [() => toAnthropicPart(avif), () => toOpenAiPart(avif), () => toGeminiPart(gif)]) {
      expect(convert).toThrow(/takes images as image\/png, image\/jpeg, image\/webp.*not as image\/(?:avif|gif)/);
    }
    expect(() => toGeminiPart({ url: link.url })).toThrow('a link without mediaType');
  });

  it('are found again with the same bytes, in every format that is taken', async () => {
    const converters = [toOpenAiPart, toAnthropicPart, toGeminiPart, toAiSdkPart, toMcpPart, toLangChainPart];
    for (const format of ['png', 'jpeg', 'webp', 'gif', 'avif'] as const) {
      const file = await sharp({ create: { width: 5, height: 4, channels: 3, background: '#c40' } })
        .toFormat(format)
        .toBuffer();
      const whole: MessageImage = { bytes: new Uint8Array(file), mediaType: `image/${format}` };
      for (const convert of converters) {
        let part: object;
        try {
          part = convert(whole);
        } catch {
          continue; // the vendor does not take the format
        }
        const content = 'inlineData' in part ? { parts: [part] } : { content: [{ type: 'text', text: 'Look.' }, part] };
        const messages = [
          { role: 'user', ...content },
          { role: 'assistant', content: 'A fox.' },
        ];
        expect(lastImage(messages), `${convert.name} ${format}`).toEqual(whole);
        // As it is stored and read again.
        expect(lastImage(JSON.parse(JSON.stringify(messages))), `${convert.name} ${format}`).toEqual(whole);
      }
    }
  });

  it('are found again with the same link', () => {
    for (const convert of [toOpenAiPart, toAnthropicPart, toGeminiPart, toAiSdkPart, toMcpPart, toLangChainPart]) {
      const found = lastImage([{ role: 'user', content: [convert(link)], parts: [convert(link)] }]);
      expect(found, convert.name).toMatchObject({ url: link.url });
      expect(found?.bytes, convert.name).toBeUndefined();
    }
  });
});
