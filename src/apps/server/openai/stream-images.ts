/** Answers a request of the Images API that has `stream: true`. */
import { answerEvents, type EventAnswer } from './stream/answer-events.ts';
import { createImageEvents, type ImageEventSettings } from './stream/image-events.ts';

export type ImageStream = Omit<ImageEventSettings, 'now'> & Omit<EventAnswer, 'writer'>;

/**
 * Waits for the first event. A client that hangs up ends the stream, never the call.
 * @throws the error of the run, if it fails before the first event: it is answered as JSON, with its status
 */
export function answerStream(settings: ImageStream): Promise<Response> {
  const writer = createImageEvents({ ...settings, now: Date.now });
  return answerEvents({ ...settings, writer });
}
