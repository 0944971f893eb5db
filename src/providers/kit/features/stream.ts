/** Replies that arrive as events. */
export { runStream } from '../../../transport/phases/stream.ts';
export { createStreamHandlers } from '../response/stream-handlers.ts';
