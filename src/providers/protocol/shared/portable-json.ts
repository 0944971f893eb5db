import type { AiImageError } from '../errors.ts';

/**
 * Converts an error to plain data for another thread or process of your app, where `AiImageError.fromJSON` restores it:
 * `worker.postMessage(toPortableJSON(error))`. Unlike `toJSON`, which is for logs, it holds the whole job handle, so that the other side can
 * resume the job. The handle holds the prompt, and may hold links to the images: do not log it.
 * Left out: `cause`, `quarantine` and the stack.
 * @returns an object that `structuredClone`, `postMessage` and `JSON.stringify` copy completely
 */
export function toPortableJSON(error: AiImageError): Record<string, unknown> {
  const { endsJob, job, failures } = error;
  return {
    ...error.toJSON(),
    endsJob,
    job,
    ...(failures.length > 0 && {
      failures: failures.map((failure) => ({ index: failure.index, error: toPortableJSON(failure.error) })),
    }),
  };
}
