/** What a health check found. */
export type Health =
  | { readonly status: 'ok'; readonly latencyMs: number }
  | { readonly status: 'failing'; readonly latencyMs: number; readonly code: string; readonly message: string }
  /** The vendor offers no question that costs nothing. */
  | { readonly status: 'unknown'; readonly message: string };
