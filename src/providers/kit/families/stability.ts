/** What Stability AI's models share wherever they are hosted. Source: OpenAPI of the platform as generated into `Comfy-Org/ComfyUI`. */

export const STYLE_PRESETS = [
  ...['enhance', 'anime', 'photographic', 'digital-art', 'comic-book', 'fantasy-art', 'line-art', 'analog-film'],
  ...['neon-punk', 'isometric', 'low-poly', 'origami', 'modeling-compound', 'cinematic', '3d-model', 'pixel-art'],
  'tile-texture',
] as const;

/** One megapixel: ultra and SD 3.5. */
export const MEGAPIXEL_RATIOS = {
  '1:1': '1024x1024',
  '5:4': '1088x896',
  '4:5': '896x1088',
  '3:2': '1216x832',
  '2:3': '832x1216',
  '16:9': '1344x768',
  '9:16': '768x1344',
  '21:9': '1536x640',
  '9:21': '640x1536',
} as const;

/** One and a half on each side: core. Second-hand. */
export const CORE_RATIOS = {
  '1:1': '1536x1536',
  '5:4': '1632x1344',
  '4:5': '1344x1632',
  '3:2': '1824x1248',
  '2:3': '1248x1824',
  '16:9': '2016x1152',
  '9:16': '1152x2016',
  '21:9': '2304x960',
  '9:21': '960x2304',
} as const;

/** 0 means any: whoever asks for a seed of 0 would not get it. */
export const STABILITY_SEED = { min: 1, max: 4_294_967_294 } as const;
export const STABILITY_PROMPT_LENGTH = 10_000;

/** Most edits refuse other pictures. */
export const STABILITY_INPUT = { minEdge: 64, minPixels: 4_096, maxPixels: 9_437_184, maxRatio: 2.5 } as const;
