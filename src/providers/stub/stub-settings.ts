/** Settings of the stub. */
import type { AiImageErrorCode } from '../protocol/errors.ts';

export interface StubSettings {
  /** Milliseconds per image. @default 0 */
  readonly delayMs?: number;
  /** Behaves like a vendor with jobs: `submit`, `resume`, and this many polls until a job is done. */
  readonly job?: { readonly polls: number };
  /** Refuses every image (`true`) or the images of a call with these indices (from 0), like a vendor's content filter. */
  readonly refuse?: boolean | readonly number[];
  /** Fails every call, and the health check, with this code. */
  readonly fail?: AiImageErrorCode;
  /** Dollars to report per image. @default 0 */
  readonly costUsd?: number;
}
