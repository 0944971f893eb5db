/** Joins signals with a plain listener: `AbortSignal.any` is missing in older runtimes, and in some it keeps every signal that it ever joined. */

/**
 * Aborts `to` with the reason of `from`, at once if `from` has already fired.
 * @returns a function that stops listening. Always call it: `from` may live as long as the process
 */
export function forwardAbort(from: AbortSignal | undefined, to: AbortController): () => void {
  const forward = () => to.abort(from?.reason);
  if (from?.aborted) forward();
  else from?.addEventListener('abort', forward, { once: true });
  return () => from?.removeEventListener('abort', forward);
}
