import { noKey, type ProviderAbout } from '../kit/about.ts';

export const about = {
  id: 'comfyui',
  title: 'ComfyUI (a server of your own)',
  aliases: ['comfy'],
  /** It knows no credential itself; a proxy before it gets what is set as `headers`, or `apiKey` as a bearer token. */
  auth: noKey,
  env: { baseUrl: ['COMFYUI_BASE_URL'] },
} as const satisfies ProviderAbout;
