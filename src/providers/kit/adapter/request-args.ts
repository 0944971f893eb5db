/** What an adapter receives when it builds a request: the fields of the call, checked against the model card, and the input files. */
import type { ModelCard } from '../../protocol/model-card.ts';
import type { ImageFormat, MediaType, Operation } from '../../protocol/vocabulary.ts';
import type { Size } from '../sizes.ts';

/** An input image that has been checked. */
export interface InputFile {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  readonly mediaType: MediaType;
  /** Generated, with the right extension: `image-1.png`. */
  readonly fileName: string;
  /** The vendor's name for the file, if it was uploaded before the request; see `UploadDefinition`. */
  readonly reference?: string;
}

/** A mask that has been checked and converted to the vendor's convention. */
export interface MaskFile extends InputFile {
  /** Whether it has both light and dark pixels. Absent while the mask has not been read: a plan fetches no links. */
  readonly hasBothColours?: boolean;
}

/** The request's fields in the model's own terms. An absent field was not requested. */
export interface ResolvedFields {
  /** Empty if the operation takes no prompt, or none was given for an operation where it is optional. */
  readonly prompt: string;
  readonly negativePrompt?: string;
  readonly size?: Size;
  /** Only for models that take ratios; `size` then holds the pixels of this ratio. */
  readonly aspectRatio?: string;
  /** The vendor's word for a pixel tier other than the default, chosen by size or quality. */
  readonly tier?: string;
  readonly style?: string;
  /** The vendor's word. */
  readonly quality?: string;
  /** The vendor's word. */
  readonly safety?: string;
  readonly seed?: number;
  readonly format?: ImageFormat;
  readonly background?: string;
}

/** The arguments of one vendor request. */
export interface RequestArgs<Options, Settings = unknown> extends ResolvedFields {
  readonly model: string;
  /** The card that the request was checked against. */
  readonly card: ModelCard;
  /** How many images this request asks for; at most the card's `maxImages`. */
  readonly n: number;
  /** Position of this request's first image among all images of the call, from 0. */
  readonly firstIndex: number;
  /** A UUID generated for this request. Empty for adapters without `jobWebSocket`, which do not need one. */
  readonly callId: string;
  readonly options: Options;
  /** The provider's own settings, e.g. the customer's project. */
  readonly settings: Settings;
  /** How many partial images to stream; 0 without streaming. */
  readonly partials: number;
  /** Whether the reply should arrive as events. */
  readonly isStreaming: boolean;
}

export interface EditArgs<Options, Settings = unknown> extends RequestArgs<Options, Settings> {
  readonly operation: Operation;
  readonly inputs: readonly [InputFile, ...InputFile[]];
  /** In the card's mask convention. */
  readonly mask?: MaskFile;
}
