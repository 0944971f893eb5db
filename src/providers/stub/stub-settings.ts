/** How a stub is told to behave. */
import type { AiImageErrorCode } from '../protocol/errors.ts';

export interface StubSettings {
  /** Milliseconds that each picture takes. @default 0 */
  readonly delayMs?: number;
  /** Works as a vendor with jobs does: `submit`, `resume`, and this many polls until a job is done. */
  readonly job?: { readonly polls: number };
  /** Refuses every picture when true, or those of a call with these indices (from 0), as a vendor's content filter does. */
  readonly refuse?: boolean | readonly number[];
  /** Fails each call with this code, and the health check too. */
  readonly fail?: AiImageErrorCode;
  /** Dollars it reports for each picture. @default 0 */
  readonly costUsd?: number;
}
