import { getProvider, StubProvider, setProvider } from '@org/ai-image';
import { afterEach, expect, it } from 'vitest';

/** A function of your app. */
async function makeCover(title: string) {
  return getProvider().generateImage(`Book cover: ${title}`, { size: '512x768' });
}

const stub = new StubProvider();
const restore = setProvider(stub);
afterEach(() => restore());

it('asks for a cover with the title in it', async () => {
  const { imageBytes } = await makeCover('The Long Winter');

  expect(imageBytes.length).toBeGreaterThan(0); // a real 512x768 PNG, made offline
  expect(stub.calls).toMatchObject([{ method: 'generateImage', prompt: 'Book cover: The Long Winter' }]);
});
