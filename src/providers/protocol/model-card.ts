import type { Background, ImageFormat, Operation, Quality, SafetyLevel } from './vocabulary.ts';

/** Which sizes a model takes. */
export type SizeRule =
  /** Only these, as `'WxH'`; the first is the default. */
  | { readonly kind: 'list'; readonly sizes: readonly [string, ...string[]] }
  /** Any pixels within bounds. `maxRatio` is the longer edge over the shorter one. */
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
   * Aspect ratios, each with the pixels it gives; the first is the default. `tiers` are other pixels of the same ratios by the vendor's
   * word for them, e.g. `2K`.
   */
  | {
      readonly kind: 'ratios';
      readonly ratios: Readonly<Record<string, string>>;
      readonly tiers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
      /** The vendor promises the shape; the pixels are about right, and others are no mismatch. */
      readonly areNominal?: true;
    }
  /** No size can be asked for: the input or the model decides. */
  | { readonly kind: 'none' };

/** How a vendor wants a mask. The protocol's own is `white-repaints`. */
export type MaskConvention = 'white-repaints' | 'black-repaints' | 'transparent-repaints';

/** Bounds of an input picture's pixels. `maxRatio` is the longer edge over the shorter one. */
export interface InputBounds {
  readonly minEdge?: number;
  readonly maxEdge?: number;
  readonly minPixels?: number;
  readonly maxPixels?: number;
  readonly maxRatio?: number;
}

export interface EditCapabilities {
  readonly operations: readonly [Operation, ...Operation[]];
  /** How many input pictures at most. */
  readonly maxInputs: number;
  /** Bytes of one input picture at most. */
  readonly maxInputBytes: number;
  readonly inputFormats: readonly ImageFormat[];
  /** Absent: the model takes no mask. */
  readonly mask?: { readonly convention: MaskConvention; readonly maxBytes?: number };
  readonly inputBounds?: InputBounds;
  /** When edits take other formats than generation. */
  readonly formats?: readonly ImageFormat[];
  /** What is not as the card says for one operation: laid over it; `undefined` takes a thing away. */
  readonly differs?: Readonly<Partial<Record<Operation, OperationDifference>>>;
}

type Difference<T> = { readonly [K in keyof T]?: T[K] | undefined };

export interface OperationDifference
  extends Difference<Omit<ModelCard, 'title' | 'edit' | 'shutdown' | 'successor' | 'deprecated' | 'source'>> {
  readonly edit?: Difference<Omit<EditCapabilities, 'operations' | 'differs'>>;
}

/** Dollars for one picture of this quality, size, tier and operation. One that is absent: of every one that has no row of its own. */
export interface ImagePrice {
  readonly usd: number;
  /** Where pixels are billed: `usd` is then for the first megapixel, and this for each further one that is begun. */
  readonly furtherUsd?: number;
  /** The vendor's word for the quality, as in `qualities`. */
  readonly quality?: string;
  readonly size?: string;
  /** As in the tiers of `sizes`. */
  readonly tier?: string;
  readonly operation?: Operation;
}

/** Dollars per million tokens. */
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
  /** Dollars for each input picture besides. */
  readonly inputUsd?: number;
  readonly tokens?: TokenRates;
  /** When someone last looked, `YYYY-MM-DD`. Absent where the price is the caller's own setting. */
  readonly asOf?: string;
  /** Where. */
  readonly source: string;
}

/** What one model can do, as dated data. A field that is absent is a thing it cannot do. */
export interface ModelCard {
  readonly title: string;
  /** `YYYY-MM-DD`: from this day on the model is refused. */
  readonly shutdown?: string;
  /** The model to use instead. */
  readonly successor?: string;
  /** `YYYY-MM-DD`: still answers, to be replaced; a warning is given. */
  readonly deprecated?: string;
  readonly sizes: SizeRule;
  /** It makes nothing from a prompt alone. */
  readonly editsOnly?: true;
  /** The first is what the vendor sends when nothing is asked. */
  readonly formats: readonly [ImageFormat, ...ImageFormat[]];
  /** The vendor decides which of `formats` it sends; none can be asked for. */
  readonly formatIsFixed?: true;
  readonly backgrounds?: readonly Background[];
  /** The vendor's words for our three. */
  readonly qualities?: Readonly<Partial<Record<Quality, string>>>;
  /** The tier of `sizes` that goes with each of our three. */
  readonly qualityTiers?: Readonly<Partial<Record<Quality, string>>>;
  /** The vendor's words for our levels. */
  readonly safety?: Readonly<Partial<Record<SafetyLevel, string>>>;
  /** Pictures in one request; more are asked for by further requests. */
  readonly maxImages: number;
  readonly seed?: { readonly min: number; readonly max: number };
  readonly negativePrompt?: { readonly maxLength: number };
  /** Styles by the vendor's names. */
  readonly styles?: readonly string[];
  /** Characters (UTF-16 units). 0: it takes no prompt. */
  readonly maxPromptLength: number;
  /** Only for operations: it may be left out. */
  readonly promptIsOptional?: true;
  readonly edit?: EditCapabilities;
  /** Unfinished pictures while waiting. */
  readonly streaming?: { readonly maxPartials: number };
  readonly pricing?: Pricing;
  /** How long a picture usually takes, for polling; milliseconds. */
  readonly usualMs?: number;
  /** Where these facts come from. */
  readonly source: string;
}
