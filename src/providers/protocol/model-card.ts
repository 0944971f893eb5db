import type { Background, ImageFormat, Operation, Quality, SafetyLevel } from './vocabulary.ts';

/** The sizes that a model supports. */
export type SizeRule =
  /** Only these, as `'WxH'`; the first is the default. */
  | { readonly kind: 'list'; readonly sizes: readonly [string, ...string[]] }
  /** Any pixels within these bounds. `maxRatio` is the longer edge divided by the shorter one. */
  | {
      readonly kind: 'free';
      readonly multipleOf: number;
      readonly minEdge: number;
      readonly maxEdge: number;
      readonly minPixels: number;
      readonly maxPixels: number;
      readonly maxRatio: number;
    }
  /**
   * Aspect ratios and the pixels of each; the first is the default. `tiers` are other pixels for the same ratios, by the vendor's word
   * for them, e.g. `2K`.
   */
  | {
      readonly kind: 'ratios';
      readonly ratios: Readonly<Record<string, string>>;
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
  readonly minEdge?: number;
  readonly maxEdge?: number;
  readonly minPixels?: number;
  readonly maxPixels?: number;
  readonly maxRatio?: number;
}

export interface EditCapabilities {
  readonly operations: readonly [Operation, ...Operation[]];
  /** Maximum number of input images. */
  readonly maxInputs: number;
  /** Maximum size of one input image in bytes. */
  readonly maxInputBytes: number;
  readonly inputFormats: readonly ImageFormat[];
  /** Absent if the model takes no mask. */
  readonly mask?: { readonly convention: MaskConvention; readonly maxBytes?: number };
  readonly inputBounds?: InputBounds;
  /** Output formats of edits, if they differ from `formats` of the card. */
  readonly formats?: readonly ImageFormat[];
  /** Overrides of the card for one operation. `undefined` removes a field. */
  readonly differs?: Readonly<Partial<Record<Operation, OperationDifference>>>;
}

type Difference<T> = { readonly [K in keyof T]?: T[K] | undefined };

export interface OperationDifference
  extends Difference<Omit<ModelCard, 'title' | 'edit' | 'shutdown' | 'successor' | 'deprecated' | 'source'>> {
  readonly edit?: Difference<Omit<EditCapabilities, 'operations' | 'differs'>>;
}

/** US dollars for one image of this quality, size, tier and operation. A field that is absent matches every value without a row of its own. */
export interface ImagePrice {
  readonly usd: number;
  /** For prices by pixels: `usd` is the price of the first megapixel, and this the price of each further megapixel or part of one. */
  readonly furtherUsd?: number;
  /** The vendor's word for the quality, as in `qualities`. */
  readonly quality?: string;
  readonly size?: string;
  /** A key of `tiers` in `sizes`. */
  readonly tier?: string;
  readonly operation?: Operation;
}

/** US dollars per million tokens. */
export interface TokenRates {
  readonly textInput?: number;
  readonly imageInput?: number;
  readonly cachedTextInput?: number;
  readonly cachedImageInput?: number;
  readonly imageOutput: number;
  readonly textOutput?: number;
}

export interface Pricing {
  readonly images: readonly ImagePrice[];
  /** Additional US dollars for each input image. */
  readonly inputUsd?: number;
  readonly tokens?: TokenRates;
  /** When the price was last checked, `YYYY-MM-DD`. Absent if the price is the caller's own setting. */
  readonly asOf?: string;
  /** Where the price comes from. */
  readonly source: string;
}

/** What one model supports, as dated data. A field that is absent is not supported. */
export interface ModelCard {
  readonly title: string;
  /** `YYYY-MM-DD`. From this day on the model is refused. */
  readonly shutdown?: string;
  /** The model to use instead. */
  readonly successor?: string;
  /** `YYYY-MM-DD`. The model still works, but a warning says that it should be replaced. */
  readonly deprecated?: string;
  readonly sizes: SizeRule;
  /** The model cannot generate from a prompt alone. */
  readonly editsOnly?: true;
  /** The first is the default of the vendor. */
  readonly formats: readonly [ImageFormat, ...ImageFormat[]];
  /** The vendor chooses one of `formats`; none can be requested. */
  readonly formatIsFixed?: true;
  readonly backgrounds?: readonly Background[];
  /** The vendor's word for each quality. */
  readonly qualities?: Readonly<Partial<Record<Quality, string>>>;
  /** The tier of `sizes` for each quality. */
  readonly qualityTiers?: Readonly<Partial<Record<Quality, string>>>;
  /** The vendor's word for each safety level. */
  readonly safety?: Readonly<Partial<Record<SafetyLevel, string>>>;
  /** Maximum number of images per request; more images take further requests. */
  readonly maxImages: number;
  readonly seed?: { readonly min: number; readonly max: number };
  readonly negativePrompt?: { readonly maxLength: number };
  /** Style names of the vendor. */
  readonly styles?: readonly string[];
  /** In characters (UTF-16 units). 0 means that the model takes no prompt. */
  readonly maxPromptLength: number;
  /** The prompt may be omitted. Only for operations. */
  readonly promptIsOptional?: true;
  readonly edit?: EditCapabilities;
  /** Support for partial images. */
  readonly streaming?: { readonly maxPartials: number };
  readonly pricing?: Pricing;
  /** Typical duration of a job in milliseconds, to schedule polls. */
  readonly usualMs?: number;
  /** Where these facts come from. */
  readonly source: string;
}
