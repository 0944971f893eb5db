/** How an adapter reads a streamed reply. */
import type * as z from 'zod/mini';
import type { FeatureLoader } from './feature-loader.ts';
import type { ImageItem, ReadError, ReportedUsage } from './reply-types.ts';

/** One event of a streamed reply. `undefined` ignores the event. */
export type ReadEvent =
  | { readonly kind: 'partial'; readonly index: number; readonly bytes: Uint8Array }
  | { readonly kind: 'image'; readonly item: ImageItem; readonly usage?: ReportedUsage | undefined }
  /** A piece of the text that the model writes; see `toText`. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'usage'; readonly usage: ReportedUsage }
  /** The reply is complete, even if it held no image. */
  | { readonly kind: 'end' }
  | ({ readonly kind: 'failed' } & Omit<ReadError, 'retryAfterMs' | 'charged'>)
  | undefined;

export interface StreamDefinition<Event extends z.ZodMiniType> {
  readonly feature: FeatureLoader<'stream'>;
  readonly eventSchema: Event;
  /** One wire event may hold several. */
  readonly toEvent: (event: z.output<Event>) => ReadEvent | readonly ReadEvent[];
  /**
   * Reads all pieces of text together, once the reply is complete: the model's message, and images inside the text.
   * @param hasImages whether images came in other events
   */
  readonly toText?: (
    text: string,
    hasImages: boolean,
  ) => { readonly text: string; readonly items: readonly ImageItem[] };
}
