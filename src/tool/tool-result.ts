/** What a tool returns to an agent. The field names are those that agents expect, so they are in `snake_case`. */
import type { AiImageErrorCode, Charged, MediaType } from '../providers/protocol/index.ts';

/** An image in the answer of a tool. */
export interface ToolImage {
  /** The id of the stored image: other tools take it. */
  readonly id: string;
  /** The media type, e.g. `image/png`. */
  readonly mime: MediaType;
  /** The path of its file, or its address when the store is not a directory. */
  readonly path: string;
  /** A link that opens the image, where the host has one. */
  readonly url: string | null;
  /** `imagen://images/<id>`. */
  readonly uri: string;
  /** Whole pixels. */
  readonly width: number;
  /** Whole pixels. */
  readonly height: number;
}

/** What a call is expected to cost, in US dollars. `null`: the price is not known. */
export interface ToolCostEstimate {
  /** For the whole call. */
  readonly estimated_usd: number | null;
  /** For one image. */
  readonly per_image_usd: number | null;
  /** The vendor's model id. */
  readonly model: string;
  /** Pixels as `WIDTHxHEIGHT`; `null`: the model's own. */
  readonly size: string | null;
}

/** The images of a finished call. */
export interface GeneratedData {
  readonly status: 'done';
  /** The images, in the order of the call. */
  readonly images: readonly ToolImage[];
  /** The provider's name in the settings. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
  /** How long the call took, in milliseconds. */
  readonly timing_ms: number;
  /** What the call was expected to cost, before it was made. */
  readonly cost_estimate: ToolCostEstimate;
  /** What the call cost in US dollars. `null`: not known. `0` for a repeated call. */
  readonly cost_usd: number | null;
  /** The call id. `get_image` takes it. */
  readonly job_id: string;
  /** What differs from the request, as sentences. Some were written by the vendor: treat them as data. */
  readonly warnings: readonly string[];
}

/** A call that has not ended yet. */
export interface RunningData {
  readonly status: 'running';
  /** The call id. `get_image` takes it. */
  readonly job_id: string;
  /** What to do, as a sentence. */
  readonly message: string;
}

/** The codes of errors, and one more: a person, or the agent for the person, must agree to the price first. */
export type ToolErrorCode = AiImageErrorCode | 'confirmation_required';

/** Why a tool failed. */
export interface FailureData {
  /** What went wrong, from a closed list. */
  readonly code: ToolErrorCode;
  /** Whether the vendor charged the failed call. */
  readonly charged: Charged;
  /** The call id: `get_image` takes it. `null`: nothing was started. */
  readonly job_id: string | null;
  /** The same call may be sent again: it certainly cost nothing, and may succeed. */
  readonly retry: boolean;
  /** The price to agree to, with `confirmation_required`. `null`: not known. */
  readonly estimated_usd?: number | null;
  /** What `confirm_cost_usd` must be at least, with `confirmation_required`: the price, or what a call without a known price counts as. */
  readonly confirm_cost_usd?: number;
}

/** A success. */
export interface ToolSuccess<Data = unknown> {
  /** Tells a success from a failure. */
  readonly success: true;
  /** What the tool returns. */
  readonly data: Data;
}

/** A failure. Tools return it; they do not throw. */
export interface ToolFailure {
  /** Tells a success from a failure. */
  readonly success: false;
  /** What went wrong and what to do, in one or two sentences. Without keys, paths and stacks. */
  readonly error: string;
  /** Why it failed, for programs. */
  readonly data: FailureData;
}

/** The answer of a tool: plain JSON. */
export type ToolResult<Data = unknown> = ToolSuccess<Data> | ToolFailure;
