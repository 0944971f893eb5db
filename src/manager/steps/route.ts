/** The step `route`: sorts the candidates and gives the reasons. To support another intent, add a row to `ROUTING_RULES`. */
import type { RoutingRule } from '../interfaces/limits.ts';
import type { Candidate } from '../interfaces/plan.ts';
import type { ManagerRequest } from '../interfaces/request.ts';

export const ROUTING_RULES: readonly RoutingRule[] = [
  {
    intents: ['typography'],
    promptPattern: /\b(?:logo|poster|sign|lettering|headline|typography|caption)\b/i,
    providers: ['ideogram', 'recraft', 'openai', 'azure-openai', 'google-gemini', 'vertex'],
  },
  {
    intents: ['enterprise', 'compliance'],
    promptPattern: /\b(?:corporate|brand-safe)\b/i,
    providers: ['firefly', 'azure-openai', 'vertex', 'bedrock'],
  },
  {
    intents: ['studio', 'creative-studio'],
    promptPattern: /\b(?:concept art|character sheet|moodboard)\b/i,
    providers: ['leonardo', 'fal', 'replicate', 'luma', 'runway'],
  },
  {
    intents: ['photo'],
    promptPattern: /\b(?:photo|photograph|portrait)\b/i,
    providers: ['bfl', 'google-gemini', 'vertex', 'openai', 'stability'],
  },
];

export interface RoutingContext {
  readonly rules: readonly RoutingRule[];
  /** Returns the id of the provider with this name. */
  readonly idOf: (provider: string) => string;
  /** Names of the providers, in the order of the settings. */
  readonly order: readonly string[];
  /** Returns why the provider should be tried last. */
  readonly warningFor: (provider: string) => string | undefined;
}

interface RankedCandidate {
  readonly candidate: Candidate;
  /** Compared number by number; a smaller one comes first. */
  readonly rank: readonly number[];
}

/** Returns the candidates, the best first. @param candidates only those that can do the request */
export function route(
  candidates: readonly Candidate[],
  request: ManagerRequest,
  context: RoutingContext,
): readonly Candidate[] {
  const rules = matchingRules(request, context.rules);
  const ranked = candidates.map((candidate) => rankCandidate(candidate, request, rules, context));
  return ranked.sort((one, other) => compareRanks(one.rank, other.rank)).map(({ candidate }) => candidate);
}

function rankCandidate(
  candidate: Candidate,
  request: ManagerRequest,
  rules: readonly MatchingRule[],
  { idOf, order, warningFor }: RoutingContext,
): RankedCandidate {
  const { provider, plan } = candidate;
  const reasons = [...candidate.reasons];
  const isRequested = request.provider === provider;
  if (isRequested) reasons.push('the request names this provider');
  const warning = warningFor(provider);
  if (warning !== undefined) reasons.push(warning);
  const positions = rules.map(({ rule, isStrong }) => {
    const position = rule.providers.findIndex((each) => each === provider || each === idOf(provider));
    if (position >= 0)
      reasons.push(
        `number ${position + 1} for ${rule.intents[0]}, by ${isStrong ? 'the intent' : 'words in the prompt'}`,
      );
    return { isStrong, position: position < 0 ? rule.providers.length : position };
  });
  const price = plan.price.usd;
  const isDraft = request.quality === 'draft';
  if (isDraft && price !== undefined) reasons.push(`a draft costs ${price} USD here`);
  const position = order.indexOf(provider);
  return {
    candidate: { ...candidate, reasons },
    rank: [
      isRequested ? 0 : 1,
      warning === undefined ? 0 : 1,
      ...positions.filter(({ isStrong }) => isStrong).map((each) => each.position),
      isDraft ? (price ?? Number.MAX_VALUE) : 0,
      ...positions.filter(({ isStrong }) => !isStrong).map((each) => each.position),
      position < 0 ? order.length : position,
    ],
  };
}

interface MatchingRule {
  readonly rule: RoutingRule;
  /** It matches `metadata.intent`, not only words of the prompt. */
  readonly isStrong: boolean;
}

function matchingRules(
  { metadata, prompt = '' }: ManagerRequest,
  rules: readonly RoutingRule[],
): readonly MatchingRule[] {
  const { intent } = metadata ?? {};
  const byIntent = rules.filter(({ intents }) => typeof intent === 'string' && intents.includes(intent));
  if (byIntent.length > 0) return byIntent.map((rule) => ({ rule, isStrong: true }));
  return rules.filter(({ promptPattern }) => promptPattern.test(prompt)).map((rule) => ({ rule, isStrong: false }));
}

function compareRanks(one: readonly number[], other: readonly number[]): number {
  const index = one.findIndex((value, at) => value !== other[at]);
  return index < 0 ? 0 : (one[index] ?? 0) - (other[index] ?? 0);
}
