/** What an adapter's functions make of a reply: images, usage and errors. */
import type { HttpRequest } from '../../../transport/index.ts';
import type { AiImageErrorCode } from '../../protocol/errors.ts';

/** What else is known when a reply is read. */
export interface ReplyContext<Settings = unknown> {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
  readonly settings: Settings;
}

/** One image of a reply, or the reason why there is none. */
export type ImageItem =
  /** `request`: the image is fetched from the vendor's API, with the credential. `link`: from any host, without it. */
  | (({ readonly bytes: Uint8Array } | { readonly link: string } | { readonly request: HttpRequest }) & {
      readonly revisedPrompt?: string | null | undefined;
      readonly seed?: number | null | undefined;
      /** The model that generated it, if the vendor reports it. */
      readonly model?: string | null | undefined;
      /** The vendor marks it as a draft or a thought. It is returned only if there is no finished image. */
      readonly isDraft?: boolean | undefined;
    })
  /** The vendor refused this image; the value is the reason. */
  | { readonly refused: string }
  /** The vendor says that there is no image, without refusing the request; the value is what it says. */
  | { readonly missing: string };

/** Token counts and cost that the vendor reports. What it does not report is left out. */
export interface ReportedUsage {
  readonly inputTokens?: number | null | undefined;
  readonly outputTokens?: number | null | undefined;
  readonly totalTokens?: number | null | undefined;
  readonly textInputTokens?: number | null | undefined;
  readonly imageInputTokens?: number | null | undefined;
  readonly imageOutputTokens?: number | null | undefined;
  readonly textOutputTokens?: number | null | undefined;
  /** Cost in US dollars, if the vendor reports it. */
  readonly usd?: number | null | undefined;
}

/** What an error reply means. */
export interface ReadError {
  readonly message: string;
  /** Set it if the body says more than the status. */
  readonly code?: AiImageErrorCode | undefined;
  readonly hint?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** Set it if the vendor documents that such a reply is never charged. */
  readonly charged?: 'no' | undefined;
}
