import { bearer, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'huggingface',
  title: 'Hugging Face Inference Providers',
  aliases: ['huggingface_images', 'hf'],
  serves: ['qwen-image', 'sdxl'],
  auth: bearer('HF_TOKEN', 'HUGGINGFACE_API_KEY', 'HUGGING_FACE_HUB_TOKEN'),
  settings: ['provider', 'endpointUrl', 'billTo', 'hubUrl'],
} as const satisfies ProviderAbout;
