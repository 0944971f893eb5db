/** Sends requests that cost nothing and come before a submit: lookups, uploads and quotes. */
import type * as z from 'zod/mini';
import type { HookLabels, HttpRequest } from '../../../transport/index.ts';
import type { AdapterContext, ProviderParts } from '../adapter/call-context.ts';
import { hookLabels } from '../hook-labels.ts';
import type { Args } from '../request/prepare.ts';
import { confidentialTexts } from '../response/confidential-texts.ts';
import { createReplyHandlers } from '../response/reply-handlers.ts';
import { createReplyState, type ReplyState } from '../response/reply-state.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { parseReply } from '../schema/parse.ts';

type Ask = <Schema extends z.ZodMiniType>(request: HttpRequest, responseSchema: Schema) => Promise<z.output<Schema>>;

/**
 * Runs `work`, which sends its requests with `ask`.
 * @throws AiImageError nothing was submitted or charged
 */
export async function withFreeRequests<T>(
  parts: ProviderParts,
  args: Args,
  context: AdapterContext,
  work: (ask: Ask) => Promise<T>,
): Promise<T> {
  const { transport } = parts;
  const { signal, deadlineMs } = context;
  const { about } = parts.definition;
  const { model } = args;
  const confidential = confidentialTexts(args);
  const replyState = createReplyState();
  const handlers = freeRequestHandlers(parts, {
    labels: await hookLabels(parts, context, args),
    model,
    confidential,
    replyState,
  });
  try {
    return await work(async (request, responseSchema) => {
      const reply = await transport.ask(request, handlers, { signal, deadlineMs });
      return parseReply(responseSchema, reply.body, about.id);
    });
  } catch (error) {
    const redact = (text: string) => transport.redact(text, confidential);
    throw toAiImageError(error, { about, model, hint: replyState.hint, isBeforeSubmit: true, redact });
  }
}

/** The handlers for a request that is not a submit. */
export function freeRequestHandlers(
  { definition, settings, transport }: Pick<ProviderParts, 'definition' | 'settings' | 'transport'>,
  { labels, model = definition.defaultModel, confidential = [], replyState = createReplyState() }: FreeRequestOptions,
) {
  return createReplyHandlers({
    definition,
    settings,
    model,
    confidential,
    replyState,
    labels,
    usualMs: undefined,
    redact: transport.redact,
  });
}

interface FreeRequestOptions {
  readonly labels: HookLabels;
  readonly model?: string;
  readonly confidential?: readonly string[];
  readonly replyState?: ReplyState;
}
