import type { ImageModelV4 } from '@ai-sdk/provider';
import { StubProvider } from '@org/ai-image';

/** Stands for an image model of any AI SDK package, for example `xai.image('grok-imagine-image')`. */
export const model: ImageModelV4 = {
  specificationVersion: 'v4',
  provider: 'demo.image',
  modelId: 'demo-1',
  maxImagesPerCall: 4,
  async doGenerate({ prompt = '', n, size = '256x256' }) {
    const { images } = await new StubProvider().generate({ prompt, n, size });
    return {
      images: images.map(({ imageBytes }) => imageBytes),
      warnings: [],
      response: { timestamp: new Date(), modelId: 'demo-1', headers: undefined },
    };
  },
};
