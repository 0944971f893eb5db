/** Makes a call with the manager of this process. The call id decides whether anything is sent: the same id never pays twice. */

import {
  AiImageError,
  type ImageManager,
  type ManagedGeneration,
  type ManagerContext,
  type ManagerRequest,
} from '../../../../index.ts';
import { isGone, isInUseError, isReusedId } from '../../../../providers/protocol/shared/call-ids.ts';
import { HttpFault } from '../../http/http-fault.ts';
import type { WaitForMs } from '../interruptions.ts';

export interface CallParams {
  /** The call id. */
  readonly id: string;
  readonly request: ManagerRequest;
  readonly deadlineMs: number | undefined;
  /** The most unfinished images of each image to ask the provider for. */
  readonly partialImages: number;
  readonly signal: AbortSignal;
  readonly onEvent: NonNullable<ManagerContext['onEvent']>;
  /** Called when another process works on the call: it cannot be cancelled here. */
  readonly onElsewhere: () => void;
}

/** How long to wait before asking again for a call that another process works on. */
const FIRST_WAIT_MS = 250;
const LAST_WAIT_MS = 2_000;

/**
 * Generates the images, or gets those of an earlier use of the call id. Waits while another process works on the call.
 * @throws AiImageError; HttpFault 422 `idempotency_key_reused`, 410 `images_deleted`
 */
export async function performCall(
  manager: Pick<ImageManager, 'generate'>,
  { id: callId, request, deadlineMs, partialImages, signal, onEvent, onElsewhere }: CallParams,
  pause: WaitForMs,
): Promise<ManagedGeneration> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LAST_WAIT_MS)) {
    try {
      return await manager.generate(request, {
        callId,
        signal,
        onEvent,
        ...(partialImages > 0 && { wantsPartialImages: true, partialImages }),
        ...(deadlineMs !== undefined && { deadlineMs }),
      });
    } catch (error) {
      if (isReusedId(error)) throw keyReusedFault();
      if (isGone(error)) throw imagesGoneFault();
      if (!isInUseError(error)) throw error;
    }
    onElsewhere();
    await pause(waitMs, signal).catch(() => {
      throw interruptedError(callId);
    });
  }
}

export const keyReusedFault = (): HttpFault =>
  new HttpFault(
    422,
    'idempotency_key_reused',
    'This Idempotency-Key was used for another request. Nothing was sent. Use a new key for each new request.',
  );

export const imagesGoneFault = (): HttpFault =>
  new HttpFault(
    410,
    'images_deleted',
    'This call is done, and its images were deleted from the store since. Nothing was sent. Use a new Idempotency-Key to generate new ones.',
  );

/** This process waits no longer for a call that another process makes. */
export const interruptedError = (id: string): AiImageError =>
  new AiImageError('aborted', `the server stopped waiting for the call ${id}, which goes on elsewhere`, {
    charged: 'unknown',
    hint: 'Send the same request again, with the same Idempotency-Key, to get its images.',
  });
