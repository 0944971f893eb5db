/** A request between being sent and being done with. */
import type { Following } from '../call.ts';
import type { Step } from '../errors.ts';

/** As far as it came. */
export interface SendProgress {
  isSent: boolean;
  status?: number | undefined;
  requestId?: string | undefined;
  /** The body of a success, as far as it came, when it could not be read. */
  received?: Uint8Array | undefined;
}

export interface InFlight {
  readonly step: Step;
  /** For messages: the method and the address without its query. */
  readonly doing: string;
  readonly following: Following;
  readonly progress: SendProgress;
  /** Ends with the attempt. */
  readonly signal: AbortSignal;
}

/** Lets go of an answer that nobody will read, so that its connection does not stay open. */
export function discard({ body }: Response): void {
  void body?.cancel().catch(ignore);
}

function ignore(): void {
  // A body that broke already has nothing more to let go of.
}
