import { noKey, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'comfyui',
  title: 'ComfyUI (a server of your own)',
  aliases: ['comfy'],
  serves: ['sdxl'],
  /** The server has no authentication. A proxy in front of it gets `basicAuth`, `apiKey` as a bearer token, or `headers`. */
  auth: noKey,
  env: { baseUrl: ['COMFYUI_BASE_URL'], basicAuth: ['COMFYUI_BASIC_AUTH'] },
  settings: ['basicAuth', 'workflows'],
} as const satisfies ProviderAbout;
