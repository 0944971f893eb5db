/** Words for models, by provider: the best there is, and a light one. `dummy` is nobody's: the stub draws. A test holds them to the cards. */

type Tier = 'best' | 'light';

/** Providers by their own id; one that has no row draws both with its default model. */
export const TIERS: Readonly<Record<string, Readonly<Record<Tier, string>>>> = {
  bedrock: { best: 'stability.stable-image-ultra-v1:1', light: 'stability.stable-image-core-v1:1' },
  bfl: { best: 'flux-2-max', light: 'flux-2-klein-4b' },
  comfyui: { best: 'flux-dev', light: 'flux-schnell' },
  fal: { best: 'fal-ai/flux-2-max', light: 'fal-ai/flux/schnell' },
  firefly: { best: 'image5', light: 'image3' },
  'google-gemini': { best: 'gemini-3-pro-image', light: 'gemini-3.1-flash-lite-image' },
  huggingface: { best: 'black-forest-labs/FLUX.2-dev', light: 'black-forest-labs/FLUX.1-schnell' },
  ideogram: { best: 'ideogram-4-6', light: 'ideogram-3' },
  leonardo: { best: 'lucid-origin', light: 'phoenix-v0.9' },
  luma: { best: 'uni-1-max', light: 'uni-1' },
  openai: { best: 'gpt-image-2.6-sunburst', light: 'gpt-image-2.6-flare' },
  recraft: { best: 'recraftv4_1_pro', light: 'recraftv4_1_flash' },
  replicate: { best: 'black-forest-labs/flux-2-max', light: 'black-forest-labs/flux-schnell' },
  runway: { best: 'gen4_image', light: 'muse_image' },
  stability: { best: 'stable-image-ultra', light: 'stable-image-core' },
  vertex: { best: 'gemini-3-pro-image', light: 'gemini-3.1-flash-lite-image' },
  xai: { best: 'grok-imagine-image-2.0', light: 'grok-imagine-image' },
};

export const isTier = (word: string | undefined): word is Tier => word === 'best' || word === 'light';

/** Draws offline, with no key and no call. */
export const DUMMY = 'dummy';

/** @returns `undefined`: the provider's own default */
export const tierOf = (word: Tier, provider: string): string | undefined =>
  Object.hasOwn(TIERS, provider) ? TIERS[provider]?.[word] : undefined;
