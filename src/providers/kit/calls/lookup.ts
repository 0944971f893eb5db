/** Questions that cost nothing and come before a submit: who serves a model today. Answers are kept for a while, failures are not. */
import type { HttpRequest, Transport } from '../../../transport/index.ts';
import type { Refusal } from '../../protocol/plan.ts';
import type { AdapterContext, ProviderParts } from '../adapter/call-context.ts';
import type { ProviderDefinition } from '../adapter/definition.ts';
import { UnsafeName } from '../request/path.ts';
import type { Args } from '../request/prepare.ts';
import { privateWords } from '../response/private-words.ts';
import { createReplyState } from '../response/reply-state.ts';
import { toReading } from '../response/run-call.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { parseReply } from '../schema/parse.ts';

/** Long enough for a batch, short enough that a host which moves is followed. */
const KEPT_MS = 5 * 60_000;

interface Kept {
  readonly at: number;
  readonly answer: unknown;
}

const keptBy = new WeakMap<Transport, Map<string, Kept>>();

/** @returns the arguments with what was found in their options, or why they cannot be sent @throws AiImageError nothing was submitted */
export async function lookUp(
  { definition, settings, transport }: ProviderParts,
  args: Args,
  { signal, deadlineMs }: AdapterContext,
): Promise<Args | { readonly refusal: Refusal }> {
  const { about, lookup } = definition;
  const request = questionOf(definition, args);
  if (lookup === undefined || request === undefined) return args;
  const kept = keptBy.get(transport) ?? new Map<string, Kept>();
  keptBy.set(transport, kept);
  const words = privateWords(args);
  const redact = (text: string) => transport.redact(text, words);
  const key = `${request.method} ${request.url} ${JSON.stringify(request.query ?? {})}`;
  const known = kept.get(key);
  let answer = known?.answer;
  if (known === undefined || performance.now() - known.at > KEPT_MS) {
    const seen = createReplyState();
    const { model } = args;
    const common = { words, labels: {}, usualMs: undefined, redact: transport.redact };
    const { job: _, ...reading } = toReading({ definition, settings, model, seen, ...common });
    try {
      const reply = await transport.ask(request, reading, { signal, deadlineMs });
      answer = parseReply(lookup.answerSchema, reply.body, about.id);
    } catch (error) {
      throw toAiImageError(error, { about, model, hint: seen.hint, isBeforeSubmit: true, redact });
    }
    kept.set(key, { at: performance.now(), answer });
  }
  const found = lookup.toOptions(answer, args);
  if (!isRefusal(found)) return { ...args, options: found };
  // It may quote what the vendor says about the model.
  const { message, hint } = found.refusal;
  const told = { message: redact(message), ...(hint !== undefined && { hint: redact(hint) }) };
  return { refusal: { ...found.refusal, ...told } };
}

/** @throws AiImageError `invalid_request`: the model's id would lead to another address */
function questionOf({ about, lookup }: ProviderDefinition, args: Args): HttpRequest | undefined {
  try {
    return lookup?.toRequest(args);
  } catch (error) {
    throw error instanceof UnsafeName ? toAiImageError(error, { about, model: args.model }) : error;
  }
}

function isRefusal(found: ReturnType<NonNullable<ProviderDefinition['lookup']>['toOptions']>): found is {
  readonly refusal: Refusal;
} {
  return typeof found === 'object' && found !== null && 'refusal' in found;
}
