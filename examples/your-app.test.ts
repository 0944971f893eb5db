import { getProvider, resetProviders, StubProvider, setProvider } from '@org/ai-image';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** A function of your app. */
async function makeCover(title: string) {
  return getProvider().generateImage(`Book cover: ${title}`, { size: '512x768' });
}

let stub: StubProvider;
beforeEach(() => {
  stub = new StubProvider();
  setProvider(stub);
});
afterEach(resetProviders);

it('asks for a cover with the title in it', async () => {
  const { imageBytes } = await makeCover('The Long Winter');

  expect(imageBytes.length).toBeGreaterThan(0); // a real 512x768 PNG, made offline
  expect(stub.calls).toMatchObject([{ method: 'generateImage', prompt: 'Book cover: The Long Winter' }]);
});

it('makes each cover once', async () => {
  await makeCover('The Long Winter');

  expect(stub.calls).toHaveLength(1);
});
