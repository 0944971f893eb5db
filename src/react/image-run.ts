/** A component without markup of its own: it follows a run and hands its state to a function. */
import { type ReactNode, useEffect, useRef } from 'react';
import type { ApiEditRequest, ApiGenerateRequest, ImageRunClient } from '../client/index.ts';
import { type ImageHandle, useImage } from './use-image.ts';

/** The properties of `ImageRun`. */
export interface ImageRunProps {
  /** What `createClient` returned. Create it once, outside the component. */
  readonly client: ImageRunClient;
  /** Returns what is shown. */
  readonly children: (image: ImageHandle) => ReactNode;
  /** The id of a run to follow when the component appears. @default none */
  readonly runId?: string | undefined;
  /** With `runKey`, this request is started when the component appears, or when `runKey` changes. **Costs money.** */
  readonly request?: ApiGenerateRequest | ApiEditRequest | undefined;
  /**
   * The idempotency key of the request: the same key with the same request never pays twice, however often the component appears.
   * Without it, nothing is started until `start` is called.
   */
  readonly runKey?: string | undefined;
}

/**
 * Follows a run, and shows what the function in it returns.
 * @example
 * <ImageRun client={client} request={{ prompt: 'a red fox in the snow' }} runKey="header-image-1">
 *   {({ status, images, previews }) => <img src={(images[0] ?? previews[0])?.src} alt={status} />}
 * </ImageRun>
 */
export function ImageRun({ client, children, runId, request, runKey }: ImageRunProps): ReactNode {
  const image = useImage(client, { runId });
  const { reset, start } = image;
  // A request is often written in place, and so a new object each time. The key says whether it is another one.
  const latest = useRef(request);
  useEffect(() => {
    latest.current = request;
  });
  useEffect(() => {
    if (runKey === undefined || latest.current === undefined) return;
    reset();
    void start(latest.current, { idempotencyKey: runKey });
  }, [runKey, reset, start]);
  return children(image);
}
