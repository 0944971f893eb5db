import { type AiImageProvider, getProvider, StubProvider, setProvider } from '@org/ai-image';

/** An object with this one method is a provider. */
const mine: AiImageProvider = {
  async generateImage(prompt, { size = '1024x1024', format = 'png' } = {}) {
    const { imageBytes } = await new StubProvider().generateImage(prompt, { size, format }); // call your own service here
    return { imageBytes, format, promptUsed: prompt, model: 'mine-1' };
  },
};

setProvider('mine', mine);
const { images } = await getProvider('mine').generate({ prompt: 'a boat', n: 2, size: '256x256' });
console.log(images.length);
