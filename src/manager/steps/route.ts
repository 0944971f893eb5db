/** Step 4: in which order they are asked, and why. Data and one sort: a rule that is missing is a row. */
import type { Candidate, ManagerRequest } from '../types.ts';

export interface RoutingRule {
  /** `metadata.intent`, by any of these names. */
  readonly intents: readonly string[];
  /** Words of the prompt that hint at it; weaker evidence. A regular expression without `g`, or anything else that has `test`. */
  readonly words: { readonly test: (prompt: string) => boolean };
  /** By id or by name, the best first. */
  readonly providers: readonly string[];
}

export const ROUTING_RULES: readonly RoutingRule[] = [
  {
    intents: ['typography'],
    words: /\b(?:logo|poster|sign|lettering|headline|typography|caption)\b/i,
    providers: ['ideogram', 'recraft', 'openai', 'azure-openai', 'google-gemini', 'vertex'],
  },
  {
    intents: ['enterprise', 'compliance'],
    words: /\b(?:corporate|brand-safe)\b/i,
    providers: ['firefly', 'azure-openai', 'vertex', 'bedrock'],
  },
  {
    intents: ['studio', 'creative-studio'],
    words: /\b(?:concept art|character sheet|moodboard)\b/i,
    providers: ['leonardo', 'fal', 'replicate', 'luma', 'runway'],
  },
  {
    intents: ['photo'],
    words: /\b(?:photo|photograph|portrait)\b/i,
    providers: ['bfl', 'google-gemini', 'vertex', 'openai', 'stability'],
  },
];

export interface Routing {
  readonly rules: readonly RoutingRule[];
  /** Ids of the providers by their names. */
  readonly idOf: (provider: string) => string;
  /** The caller's order. */
  readonly order: readonly string[];
  /** Why it should be asked last. */
  readonly doubtAbout: (provider: string) => string | undefined;
}

interface Ranked {
  readonly candidate: Candidate;
  readonly rank: readonly number[];
}

/** The best first. @param candidates only those that can */
export function route(
  candidates: readonly Candidate[],
  request: ManagerRequest,
  routing: Routing,
): readonly Candidate[] {
  const rules = evidenceOf(request, routing.rules);
  const ranked = candidates.map((candidate): Ranked => {
    const { provider, plan } = candidate;
    const reasons = [...candidate.reasons];
    const isNamed = request.provider === provider;
    if (isNamed) reasons.push('it was asked for by name');
    const doubt = routing.doubtAbout(provider);
    if (doubt !== undefined) reasons.push(doubt);
    const places = rules.map(({ rule, isStrong }) => {
      const place = rule.providers.findIndex((each) => each === provider || each === routing.idOf(provider));
      if (place >= 0)
        reasons.push(
          `${isStrong ? 'the intent' : 'the prompt'} is ${rule.intents[0]}, for which it is number ${place + 1}`,
        );
      return { isStrong, place: place < 0 ? rule.providers.length : place };
    });
    const price = plan.price.usd;
    const isDraft = request.quality === 'draft';
    if (isDraft && price !== undefined) reasons.push(`a draft costs ${price} USD here`);
    const place = routing.order.indexOf(provider);
    return {
      candidate: { ...candidate, reasons },
      rank: [
        isNamed ? 0 : 1,
        doubt === undefined ? 0 : 1,
        ...places.filter(({ isStrong }) => isStrong).map((each) => each.place),
        isDraft ? (price ?? Number.MAX_VALUE) : 0,
        ...places.filter(({ isStrong }) => !isStrong).map((each) => each.place),
        place < 0 ? routing.order.length : place,
      ],
    };
  });
  return ranked.sort((one, other) => compare(one.rank, other.rank)).map(({ candidate }) => candidate);
}

function evidenceOf({ metadata, prompt = '' }: ManagerRequest, rules: readonly RoutingRule[]) {
  const { intent } = metadata ?? {};
  const strong = rules.filter(({ intents }) => typeof intent === 'string' && intents.includes(intent));
  if (strong.length > 0) return strong.map((rule) => ({ rule, isStrong: true }));
  return rules.filter(({ words }) => words.test(prompt)).map((rule) => ({ rule, isStrong: false }));
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}
