import { bearer, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'stability',
  title: 'Stability AI',
  aliases: ['stability-ai', 'stable-image'],
  /** The second is what the vendor's own ComfyUI nodes read. */
  auth: bearer('STABILITY_API_KEY', 'SAI_API_KEY'),
} as const satisfies ProviderAbout;
