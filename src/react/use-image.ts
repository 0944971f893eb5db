/** A hook that generates images through a server and follows them. */
import { useEffect, useState, useSyncExternalStore } from 'react';
import { createImageRun, type ImageRunClient, type ImageRunState, type ImageRunStore } from '../client/index.ts';

/** The state of a run, and what a person can do with it. */
export type ImageHandle = ImageRunState & Pick<ImageRunStore, 'start' | 'attach' | 'cancel' | 'reset'>;

export interface UseImageOptions {
  /** The id of a run to follow when the component appears, for example of one that was started before the page was loaded again. @default none */
  readonly runId?: string | undefined;
}

/**
 * Generates images through a server and follows them: progress, unfinished images, cost, errors. When the component disappears, the call goes
 * on at the server.
 * @param client what `createClient` returned; create it once, outside the component
 * @example
 * const { status, images, previews, start } = useImage(client);
 * return <button onClick={() => start({ prompt: 'a red fox in the snow' })}>Generate</button>;
 */
export function useImage(client: ImageRunClient, { runId }: UseImageOptions = {}): ImageHandle {
  const [store] = useState(() => createImageRun(client));
  const state = useSyncExternalStore(store.subscribe, store.getState, store.getState);
  useEffect(() => {
    if (runId !== undefined) void store.attach(runId);
    return () => store.detach();
  }, [store, runId]);
  const { start, attach, cancel, reset } = store;
  return { ...state, start, attach, cancel, reset };
}
