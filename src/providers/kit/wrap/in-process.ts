/** What `createInProcessProvider` makes a provider of: a model that is a function of this process, for example of another library. */
import type { AiImageError } from '../../protocol/errors.ts';
import type { ReportedUsage } from '../adapter/reply-types.ts';
import type { InputFile } from '../adapter/request-args.ts';

/** One call of the function: at most the card's `maxImages` images. */
export interface ImageOrder {
  /** Empty if the operation takes none. */
  readonly prompt: string;
  readonly n: number;
  /** Pixels as `WIDTHxHEIGHT`. Absent with `aspectRatio`. */
  readonly size?: string;
  /** For models that take ratios. */
  readonly aspectRatio?: string;
  readonly seed?: number;
  /** Empty if the image starts from the prompt alone. */
  readonly inputs: readonly InputFile[];
  /** In the card's mask convention. */
  readonly mask?: InputFile;
  /** By the name of a provider of the other library. */
  readonly options: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface OrderedImage {
  readonly bytes: Uint8Array;
  readonly seed?: number | undefined;
  readonly revisedPrompt?: string | undefined;
}

/** What the function returned. */
export interface OrderReply {
  readonly images: readonly OrderedImage[];
  /** The model that generated them, if it is reported. */
  readonly model?: string | undefined;
  readonly usage?: ReportedUsage | undefined;
  /** Problems with a request that was accepted. Each becomes a warning. */
  readonly remarks: readonly string[];
}

export interface InProcessModel {
  /** Names the provider in results and errors. */
  readonly id: string;
  /** The one model of the provider. */
  readonly model: string;
  /** Where a plan says that the request goes, e.g. `library:name`. */
  readonly address: string;
  /** Sizes of the card are a guess: ratios are handed over as they are, if they are common ones. @default false */
  readonly takesAnyRatio?: boolean;
  /** Called once per order. **Costs money.** */
  readonly generate: (order: ImageOrder, signal: AbortSignal) => Promise<OrderReply>;
  /** Says what an error of `generate` means. @param redact removes what looks like a key, and the prompt */
  readonly toError: (error: unknown, order: ImageOrder, redact: (text: string) => string) => AiImageError;
}
