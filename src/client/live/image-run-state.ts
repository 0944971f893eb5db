/** What a page shows of one run. */
import type { ApiPartialImage } from '../schemas/runs.ts';

/**
 * - `idle`: nothing was started.
 * - `starting`: the request is on its way to the server.
 * - `waiting`: the call waits for a free place at the server, or at the vendor.
 * - `unknown`: the request was sent to the vendor and no answer arrived, so that it may have been charged. It must not be sent again without the key.
 */
export type ImageRunStatus = 'idle' | 'starting' | 'waiting' | 'running' | 'done' | 'failed' | 'unknown' | 'cancelled';

/** A finished image. */
export interface RunImage {
  /** The id of the stored image. Absent if the store could not take it. */
  readonly id?: string | undefined;
  /** A source for `<img>`: a link that is valid for a day, or a `data:` link of an image that is not in the store. */
  readonly src: string;
  /** The media type, e.g. `image/png`. */
  readonly mediaType: string;
  /** Whole pixels. */
  readonly width: number;
  /** Whole pixels. */
  readonly height: number;
  /** The prompt as rewritten by the vendor, if it reports that. */
  readonly revisedPrompt?: string | undefined;
}

/** An unfinished image. */
export interface RunPreview extends Pick<ApiPartialImage, 'index' | 'mediaType'> {
  /** A source for `<img>`: a `data:` link. */
  readonly src: string;
}

/** Why a run has no images. */
export interface RunFailure {
  /** What went wrong, e.g. `budget_exceeded`. Of the client itself: `network_failed` and `unreadable_answer`. */
  readonly code: string;
  /** What went wrong, as a sentence. */
  readonly message: string;
  /** What to do, if it is known. */
  readonly hint?: string | undefined;
  /** Whether the vendor charged the call. */
  readonly charged: 'no' | 'yes' | 'unknown';
  /** The key of the request. `start` with the same request and this key never pays twice. */
  readonly idempotencyKey?: string | undefined;
}

export interface ImageRunState {
  /** How far the run is. After `unknown`, do not offer to send the request again. */
  readonly status: ImageRunStatus;
  /** The id of the run, once it is known. Keep it, to `attach` to the run after the page was loaded again. */
  readonly runId?: string;
  /** From 0 to 1, if the vendor tells it. */
  readonly progress?: number;
  /** The latest unfinished image of each place, until the run is done. */
  readonly previews: readonly RunPreview[];
  /** The finished images. */
  readonly images: readonly RunImage[];
  /** The provider, once it is chosen. */
  readonly provider?: string;
  /** The vendor's model id, once it is chosen. */
  readonly model?: string;
  /** US dollars, if the cost is known. */
  readonly costUsd?: number;
  /** What differs from the request, and images that failed while others were finished, as sentences. */
  readonly warnings: readonly string[];
  /** Present with `failed`, `unknown` and `cancelled`. */
  readonly error?: RunFailure;
}

export const IDLE: ImageRunState = { status: 'idle', previews: [], images: [], warnings: [] };

const OVER: readonly ImageRunStatus[] = ['done', 'failed', 'unknown', 'cancelled'];

/** The run has ended, or was never started. */
export const isSettled = ({ status }: Pick<ImageRunState, 'status'>): boolean =>
  status === 'idle' || OVER.includes(status);
