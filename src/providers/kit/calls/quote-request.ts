/** Returns what a call would cost: from the vendor if it quotes prices, else from the price table. */
import type { Cost } from '../../protocol/generation.ts';
import type { AdapterContext, ProviderParts } from '../adapter/call-context.ts';
import { type Args, pricedArgs, toHttpRequest } from '../request/prepare.ts';
import { costOfUsage, estimateCost, sumCosts, UNKNOWN_COST } from '../response/pricing.ts';
import { withFreeRequests } from './free-requests.ts';
import { prepareInTime } from './generate.ts';

export async function quoteRequest(parts: ProviderParts, input: unknown, context: AdapterContext): Promise<Cost> {
  const { prepared, context: remaining } = await prepareInTime(parts, input, context);
  return sumCosts(await Promise.all(prepared.calls.map((args) => quoteOne(parts, args, remaining))));
}

async function quoteOne(parts: ProviderParts, args: Args, context: AdapterContext): Promise<Cost> {
  const { definition } = parts;
  const { quote } = definition;
  const request = quote?.toRequest(toHttpRequest(definition, args), args);
  if (quote === undefined || request === undefined) {
    return estimateCost(args.card, args.n, pricedArgs(definition, args));
  }
  return withFreeRequests(parts, args, context, async (ask) => {
    const usd = quote.toUsd(await ask(request, quote.responseSchema));
    return costOfUsage(args.card, { usd }) ?? UNKNOWN_COST;
  });
}
