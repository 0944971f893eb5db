/** The image tool of LangChain.js, unchanged. */
import { DallEAPIWrapper } from '@langchain/openai';
import { expect, it } from 'vitest';
import { TOKEN } from '../support.ts';
import { imageOf } from './images-vendor.ts';
import { sha256, useServersWithVendors } from './support.ts';

const start = useServersWithVendors();
const SQUARE = { width: 1024, height: 1024 };

it('answers with a link by default, although its default model, dall-e-3, no longer exists', async () => {
  const server = await start();
  const tool = new DallEAPIWrapper({ apiKey: TOKEN, baseUrl: `${server.url}/v1` });
  const link: unknown = await tool.invoke('a fox of LangChain');
  const file = await fetch(String(link));
  expect(sha256(new Uint8Array(await file.arrayBuffer()))).toBe(sha256(imageOf('a fox of LangChain')));
  expect(server.vendor.submits[0]?.fields.model).not.toBe('dall-e-3');
});

it('answers with base64 when asked for it', async () => {
  const server = await start();
  const tool = new DallEAPIWrapper({
    ...{ apiKey: TOKEN, baseUrl: `${server.url}/v1`, model: 'openai/gpt-image-2' },
    dallEResponseFormat: 'b64_json',
  });
  const base64: unknown = await tool.invoke('a fox as base64');
  expect(sha256(String(base64))).toBe(sha256(imageOf('a fox as base64', SQUARE)));
});

it('sends one request for each of several images, and each of them is a call of its own', async () => {
  const server = await start();
  const tool = new DallEAPIWrapper({ apiKey: TOKEN, baseUrl: `${server.url}/v1`, model: 'gpt-image-2', n: 2 });
  const answer: unknown = await tool.invoke('a fox, twice');
  expect(answer).toEqual([
    { type: 'image_url', image_url: expect.stringContaining(server.url) },
    { type: 'image_url', image_url: expect.stringContaining(server.url) },
  ]);
  expect(server.vendor.submitsOf('a fox, twice')).toBe(2);
});
