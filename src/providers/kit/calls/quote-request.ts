/** What a call would cost, by the vendor's own word where it gives one. */
import type { HttpRequest } from '../../../transport/index.ts';
import type { Cost } from '../../protocol/generation.ts';
import type { AdapterContext, ProviderParts } from '../adapter/call-context.ts';
import { type Args, pricedArgs, toHttpRequest } from '../request/prepare.ts';
import { costOfUsage, estimateCost, sumCosts, UNKNOWN_COST } from '../response/pricing.ts';
import { privateWords } from '../response/private-words.ts';
import { createReplyState } from '../response/reply-state.ts';
import { toReading } from '../response/run-call.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { parseReply } from '../schema/parse.ts';
import { prepareInTime } from './generate.ts';

export async function quoteRequest(parts: ProviderParts, input: unknown, running: AdapterContext): Promise<Cost> {
  const { prepared, left } = await prepareInTime(parts, input, running);
  return sumCosts(
    await Promise.all(
      prepared.calls.map((args) => {
        const question = parts.definition.quote?.toRequest(toHttpRequest(parts.definition, args), args);
        if (question !== undefined) return ask(parts, args, question, left);
        return estimateCost(args.card, args.n, pricedArgs(parts.definition, args));
      }),
    ),
  );
}

async function ask(
  { definition, settings, transport }: ProviderParts,
  args: Args,
  question: HttpRequest,
  { signal, deadlineMs }: AdapterContext,
): Promise<Cost> {
  const { about, quote } = definition;
  const { card, model } = args;
  const seen = createReplyState();
  const common = { labels: {}, usualMs: undefined, redact: transport.redact };
  const words = privateWords(args);
  const { job: _, ...reading } = toReading({ definition, settings, model, words, seen, ...common });
  try {
    const reply = await transport.ask(question, reading, { signal, deadlineMs });
    const answer = parseReply(quote!.answerSchema, reply.body, about.id);
    return costOfUsage(card, { usd: quote!.toUsd(answer) }) ?? UNKNOWN_COST;
  } catch (error) {
    const redact = (text: string) => transport.redact(text, words);
    throw toAiImageError(error, { about, model, hint: seen.hint, isBeforeSubmit: true, redact });
  }
}
