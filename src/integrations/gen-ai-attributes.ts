/**
 * The attributes of OpenTelemetry's semantic conventions for generative AI. They are in development and have no operation for images.
 * Source: github.com/open-telemetry/semantic-conventions-genai, "GenAI spans" and "GenAI metrics", read 2026-11-28.
 */

type Values = Readonly<Record<string, string | number | boolean>>;

/** Names that the conventions give to providers of this package; others keep their id. */
const PROVIDER_NAMES: Readonly<Record<string, string>> = {
  'azure-openai': 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  'google-gemini': 'gcp.gemini',
  vertex: 'gcp.vertex_ai',
  xai: 'x_ai',
};
/** Their images come from the method that also generates text, which the conventions name. */
const CONTENT_PROVIDERS = ['google-gemini', 'vertex'];

const ATTRIBUTES = {
  seed: 'gen_ai.request.seed',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
} as const;

/** @param provider an id, or the provider's name in the settings of the manager */
export function operationAttributes(provider: string): Values {
  return {
    'gen_ai.operation.name': CONTENT_PROVIDERS.includes(provider) ? 'generate_content' : 'image_generation',
    'gen_ai.provider.name': PROVIDER_NAMES[provider] ?? provider,
  };
}

/** What is known before the vendor is called. */
export function requestAttributes(provider: string, model: string | undefined, facts: Values): Values {
  return {
    ...operationAttributes(provider),
    'gen_ai.output.type': 'image',
    ...(model !== undefined && model !== '' && { 'gen_ai.request.model': model }),
    ...(facts.session !== undefined && { 'gen_ai.conversation.id': facts.session }),
  };
}

/** What is known once the vendor has replied. */
export function responseAttributes(facts: Values): Values {
  const { provider, model, n, requestId, job } = facts;
  const id = job ?? requestId;
  const found: Record<string, string | number | boolean> = {};
  if (typeof provider === 'string') Object.assign(found, operationAttributes(provider));
  if (model !== undefined) found['gen_ai.response.model'] = model;
  if (n !== undefined && n !== 1) found['gen_ai.request.choice.count'] = n;
  if (id !== undefined) found['gen_ai.response.id'] = id;
  for (const [fact, attribute] of Object.entries(ATTRIBUTES)) {
    const value = facts[fact];
    if (value !== undefined) found[attribute] = value;
  }
  return found;
}

/** In seconds. The recommended buckets end at 81.92 s; image jobs take longer. */
export const DURATION_BUCKETS = [
  ...[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
  ...[163.84, 327.68, 655.36],
];
/** Powers of 4, as recommended. */
export const TOKEN_BUCKETS = Array.from({ length: 14 }, (_, power) => 4 ** power);
