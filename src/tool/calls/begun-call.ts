import type { ToolCostEstimate } from '../tool-result.ts';
import type { FoundToolCall, StartedToolCall } from './call-runner.ts';

/** A provider that can generate the images, and what that is expected to cost. */
export interface PricedCandidate {
  /** The provider's name in the settings. */
  readonly provider: string;
  readonly estimate: ToolCostEstimate;
}

/** A call that was started, or found. */
export interface BegunCall {
  /** The id by which the runner finds it again. */
  readonly jobId: string;
  readonly call: StartedToolCall | FoundToolCall;
  /**
   * - `new`: this tool call started it.
   * - `repeat`: a tool call with the same id started it, so this one costs nothing.
   * - `found`: `get_image` found it, which costs nothing.
   */
  readonly origin: 'new' | 'repeat' | 'found';
  /** The providers that can generate the images, the best first, if the call was priced now. */
  readonly candidates?: readonly PricedCandidate[];
}
