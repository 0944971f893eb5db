/** The result of a health check. */
export type Health =
  | { readonly status: 'ok'; readonly latencyMs: number }
  | { readonly status: 'failing'; readonly latencyMs: number; readonly code: string; readonly message: string }
  /** The vendor has no free request that would show it. */
  | { readonly status: 'unknown'; readonly message: string };
