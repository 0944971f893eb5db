import type { Background, ImageFormat, Operation, Quality, SafetyLevel } from './vocabulary.ts';

/** The sizes that a model supports. */
export type SizeRule =
  /** Only these, as `'WxH'`; the first is the default. */
  | {
      readonly kind: 'list';
      /** As `'WxH'`; the first is the default. */
      readonly sizes: readonly [string, ...string[]];
    }
  /** Any pixels within these bounds. `maxRatio` is the longer edge divided by the shorter one. */
  | {
      readonly kind: 'free';
      /** Both edges are multiples of this. */
      readonly multipleOf: number;
      /** Minimum length of each edge, in pixels. */
      readonly minEdge: number;
      /** Maximum length of each edge, in pixels. */
      readonly maxEdge: number;
      /** Minimum number of pixels. */
      readonly minPixels: number;
      /** Maximum number of pixels. */
      readonly maxPixels: number;
      /** Maximum of the longer edge divided by the shorter one. */
      readonly maxRatio: number;
    }
  /**
   * Aspect ratios and the pixels of each; the first is the default. `tiers` are other pixels for the same ratios, by the vendor's word
   * for them, e.g. `2K`.
   */
  | {
      readonly kind: 'ratios';
      /** The pixels of each aspect ratio; the first is the default. */
      readonly ratios: Readonly<Record<string, string>>;
      /** Other pixels for the same ratios, by the vendor's word for them, e.g. `2K`. */
      readonly tiers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
      /** The vendor guarantees the shape only. The pixels are approximate, so other pixels are not a mismatch. */
      readonly areNominal?: true;
    }
  /** No size can be requested: the input or the model determines it. */
  | { readonly kind: 'none' };

/** The vendor's mask convention. The protocol's own is `white-repaints`. */
export type MaskConvention = 'white-repaints' | 'black-repaints' | 'transparent-repaints';

/** Bounds of an input image's pixels. `maxRatio` is the longer edge divided by the shorter one. */
export interface InputBounds {
  /** Minimum length of each edge, in pixels. */
  readonly minEdge?: number;
  /** Maximum length of each edge, in pixels. */
  readonly maxEdge?: number;
  /** Minimum number of pixels. */
  readonly minPixels?: number;
  /** Maximum number of pixels. */
  readonly maxPixels?: number;
  /** Maximum of the longer edge divided by the shorter one. */
  readonly maxRatio?: number;
}

export interface EditCapabilities {
  /** What the model can do with input images. */
  readonly operations: readonly [Operation, ...Operation[]];
  /** Maximum number of input images. */
  readonly maxInputs: number;
  /** Maximum size of one input image in bytes. */
  readonly maxInputBytes: number;
  /** Formats of input images. */
  readonly inputFormats: readonly ImageFormat[];
  /** Absent if the model takes no mask. */
  readonly mask?: { readonly convention: MaskConvention; readonly maxBytes?: number };
  /** Bounds of the pixels of an input image. */
  readonly inputBounds?: InputBounds;
  /** Output formats of edits, if they differ from `formats` of the card. */
  readonly formats?: readonly ImageFormat[];
  /** Overrides of the card for one operation. `undefined` removes a field. */
  readonly differs?: Readonly<Partial<Record<Operation, OperationDifference>>>;
}

type Difference<T> = { readonly [K in keyof T]?: T[K] | undefined };

export interface OperationDifference
  extends Difference<Omit<ModelCard, 'title' | 'edit' | 'shutdown' | 'successor' | 'deprecated' | 'source'>> {
  /** Overrides of the card's `edit`. */
  readonly edit?: Difference<Omit<EditCapabilities, 'operations' | 'differs'>>;
}

/** US dollars for one image of this quality, size, tier and operation. A field that is absent matches every value without a row of its own. */
export interface ImagePrice {
  /** US dollars for one image. */
  readonly usd: number;
  /** For prices by pixels: `usd` is the price of the first megapixel, and this the price of each further megapixel or part of one. */
  readonly furtherUsd?: number;
  /** The vendor's word for the quality, as in `qualities`. */
  readonly quality?: string;
  /** As `'WxH'`. */
  readonly size?: string;
  /** A key of `tiers` in `sizes`. */
  readonly tier?: string;
  /** The operation that it is for. */
  readonly operation?: Operation;
}

/** US dollars per million tokens. */
export interface TokenRates {
  /** Text of the prompt. */
  readonly textInput?: number;
  /** Input images. */
  readonly imageInput?: number;
  /** Text that the vendor has cached. */
  readonly cachedTextInput?: number;
  /** Input images that the vendor has cached. */
  readonly cachedImageInput?: number;
  /** Generated images. */
  readonly imageOutput: number;
  /** Generated text. */
  readonly textOutput?: number;
}

export interface Pricing {
  /** Prices per image. */
  readonly images: readonly ImagePrice[];
  /** Additional US dollars for each input image. */
  readonly inputUsd?: number;
  /** Prices per token, for vendors that report token counts. */
  readonly tokens?: TokenRates;
  /** When the price was last checked, `YYYY-MM-DD`. Absent if the price is the caller's own setting. */
  readonly asOf?: string;
  /** Where the price comes from. */
  readonly source: string;
}

/** What one model supports, as dated data. A field that is absent is not supported. */
export interface ModelCard {
  /** The model's name for people. */
  readonly title: string;
  /** `YYYY-MM-DD`. From this day on the model is refused. */
  readonly shutdown?: string;
  /** The model to use instead. */
  readonly successor?: string;
  /** `YYYY-MM-DD`. The model still works, but a warning says that it should be replaced. */
  readonly deprecated?: string;
  /** Which sizes can be requested. */
  readonly sizes: SizeRule;
  /** The model cannot generate from a prompt alone. */
  readonly editsOnly?: true;
  /** The first is the default of the vendor. */
  readonly formats: readonly [ImageFormat, ...ImageFormat[]];
  /** The vendor chooses one of `formats`; none can be requested. */
  readonly formatIsFixed?: true;
  /** Which backgrounds can be requested. */
  readonly backgrounds?: readonly Background[];
  /** The vendor's word for each quality. */
  readonly qualities?: Readonly<Partial<Record<Quality, string>>>;
  /** The tier of `sizes` for each quality. */
  readonly qualityTiers?: Readonly<Partial<Record<Quality, string>>>;
  /** The vendor's word for each safety level. */
  readonly safety?: Readonly<Partial<Record<SafetyLevel, string>>>;
  /** Maximum number of images per request; more images take further requests. */
  readonly maxImages: number;
  /** The range of seeds. */
  readonly seed?: { readonly min: number; readonly max: number };
  /** Maximum length of a negative prompt, in characters. */
  readonly negativePrompt?: { readonly maxLength: number };
  /** Style names of the vendor. */
  readonly styles?: readonly string[];
  /** In characters (UTF-16 units). 0 means that the model takes no prompt. */
  readonly maxPromptLength: number;
  /** The prompt may be omitted. Only for operations. */
  readonly promptIsOptional?: true;
  /** What the model can do with input images. */
  readonly edit?: EditCapabilities;
  /** Support for partial images. */
  readonly streaming?: { readonly maxPartials: number };
  /** What it costs. */
  readonly pricing?: Pricing;
  /** Typical duration of a job in milliseconds, to schedule polls. */
  readonly usualMs?: number;
  /** Where these facts come from. */
  readonly source: string;
}
