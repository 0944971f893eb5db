/** The state of one request while it is in progress. */
import type { ReplyHandling } from '../call.ts';
import type { Step } from '../errors.ts';

/** How far the request has come. */
export interface SendProgress {
  isSent: boolean;
  status?: number | undefined;
  requestId?: string | undefined;
  /** The received bytes of a 2xx body that could not be read. */
  received?: Uint8Array | undefined;
}

export interface InFlight {
  readonly step: Step;
  /** For messages: the method and the URL without its query. */
  readonly action: () => string;
  readonly handling: ReplyHandling;
  readonly progress: SendProgress;
  /** Ends with the attempt. */
  readonly signal: AbortSignal;
}

/** Cancels a body that will not be read, so that its connection is freed. */
export function discardBody({ body }: Response): void {
  void body?.cancel().catch(ignore);
}

function ignore(): void {
  // The body had already failed.
}
