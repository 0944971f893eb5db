/** Submits, polls and cancels jobs for the transport, with the adapter's functions. */
import type { JobProtocol } from '../../../transport/index.ts';
import { AiImageError } from '../../protocol/errors.ts';
import { toRef } from '../adapter/job-handle.ts';
import type { RequestArgs } from '../adapter/request-args.ts';
import type { createJobWebSocket } from './job-websocket.ts';
import type { AnyJobDefinition, ReaderOptions, ReplyReader } from './reply-reader.ts';

/** How many replies in a row may leave the state of a job open. */
const MAX_UNCLEAR_REPLIES = 3;

export function createJobHandlers(
  job: AnyJobDefinition,
  { hide, holdsImages, noteUsage, open, readJobReply, unusableReplyError }: ReplyReader,
  {
    definition: { about, jobWebSocket },
    settings,
    model,
    replyState,
    jobWebSocketArgs,
    code,
  }: Pick<ReaderOptions, 'definition' | 'settings' | 'model' | 'replyState'> & {
    readonly jobWebSocketArgs?: Pick<RequestArgs<unknown>, 'callId' | 'partials'> | undefined;
    readonly code?:
      | { readonly jobWebSocket?: { readonly createJobWebSocket: typeof createJobWebSocket } | undefined }
      | undefined;
  },
): JobProtocol {
  let unclearReplies = 0;
  return {
    open: (reply) => open(reply, job),
    poll(ticket) {
      const usage = replyState.usage === undefined ? job.toUsage?.(toRef(ticket)) : undefined;
      if (usage) noteUsage(usage);
      return job.toPoll(toRef(ticket), { model, settings });
    },
    read(reply, ticket) {
      const state = job.toState(readJobReply(reply, job, ticket.id), toRef(ticket));
      if (state.kind === 'unclear') {
        if (holdsImages(reply)) return { kind: 'done' };
        if (++unclearReplies > MAX_UNCLEAR_REPLIES) throw unusableReplyError(unclearStateError(about.id), reply);
        return { kind: 'running' };
      }
      unclearReplies = 0;
      if (state.kind === 'failed') return { kind: 'failed', message: state.message, tag: state.code };
      const hasMessage = state.kind === 'running' && state.message !== undefined;
      return hasMessage ? { ...state, message: hide(state.message) } : state;
    },
    cancel: (ticket, kind) => job.toCancel?.(toRef(ticket), { model, settings, kind }),
    looksBeforeCancel: job.looksBeforeCancel,
    socket: jobWebSocket && jobWebSocketArgs && code?.jobWebSocket?.createJobWebSocket(jobWebSocket, jobWebSocketArgs),
  };
}

function unclearStateError(provider: string): AiImageError {
  return new AiImageError('bad_response', `${provider}: the replies do not say whether the job is finished`, {
    provider,
    hint: 'The job is still open; call resume again.',
  });
}
