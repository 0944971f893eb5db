import { bearer, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'stability',
  title: 'Stability AI',
  aliases: ['stability-ai', 'stable-image'],
  /** The vendor's own ComfyUI nodes read the second variable. */
  auth: bearer('STABILITY_API_KEY', 'SAI_API_KEY'),
} as const satisfies ProviderAbout;
