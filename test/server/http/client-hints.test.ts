/** Hints of answers are for clients: they name what a request can change, and nothing that only the operator of the server can. */
import { describe, expect, it } from 'vitest';
import { toClientHint } from '../../../src/apps/server/http/faults/to-client-hint.ts';
import { createProvider, listProviders } from '../../../src/index.ts';
import { COMMON_SETTINGS } from '../../../src/providers/kit/adapter/settings.ts';
import { registry } from '../../../src/providers/registry.ts';
import { useServers } from '../support.ts';

const start = useServers();
const ids = listProviders().map(({ id }) => id);

/** Settings without which a provider cannot be created. */
const NEEDED: Partial<Record<(typeof ids)[number], object>> = {
  'azure-openai': { resource: 'r', deployment: 'd', modelFamily: 'gpt-image-2' },
  bedrock: { region: 'us-east-1' },
  vertex: { project: 'p' },
  firefly: { clientId: 'c' },
};

/** Requests with one field that many providers refuse before they send anything. */
const WRONG: readonly Readonly<Record<string, unknown>>[] = [
  { model: 'dall-e-9' },
  { n: 100 },
  { size: '7x9999' },
  { aspectRatio: '99:1' },
  { negativePrompt: 'a hen' },
  { style: 'no such style' },
  { seed: 4_294_967_295 },
  { format: 'svg' },
  { background: 'transparent' },
  { prompt: 'x'.repeat(100_000) },
  { options: { nonsense: 1 } },
  { options: { size: 5 } },
];

interface Answer {
  readonly candidates: readonly object[];
  readonly refused: readonly { readonly refusals: readonly { readonly hint?: string }[] }[];
}

/** Returns the hints of a plan, and of the answer to the same request, if it is refused. */
async function hintsOf(post: Awaited<ReturnType<typeof start>>['post'], body: object): Promise<readonly string[]> {
  const planned = await post('/api/plan', body);
  if (!planned.ok) return [];
  const { candidates, refused } = (await planned.json()) as Answer;
  if (candidates.length > 0) return [];
  const generated = await post('/api/generate', body);
  const { error } = (await generated.json()) as { error: { message: string; imagen: { hint: string } } };
  const planHints = refused.flatMap(({ refusals }) => refusals.flatMap(({ hint }) => hint ?? []));
  return [...planHints, error.message, error.imagen.hint];
}

/** Names of settings that are also words of a request, e.g. `models`, say nothing. */
const SETTING_NAMES = COMMON_SETTINGS.filter((name) => /[A-Z]/.test(name));
const OPERATOR_WORDS = new RegExp(
  `\\b(?:setting|manager|${SETTING_NAMES.join('|')})\\b|the provider openai-compatible|generate\\(|\\bcreate[A-Z]|\\berror\\.`,
);

describe.each(ids)('the hints of refusals of %s', (id) => {
  it('are for clients, if the provider has an address of its own', async () => {
    const baseUrl = 'http://127.0.0.1:9/v1';
    const settings = { apiKey: 'k'.repeat(40), baseUrl, ...NEEDED[id] };
    const provider = createProvider(id, settings as never); // each provider has its own settings
    const { post, close } = await start({ providers: { own: provider } });
    const hints = (await Promise.all(WRONG.map((wrong) => hintsOf(post, { prompt: 'a fox', ...wrong })))).flat();
    expect(hints.length).toBeGreaterThan(0);
    for (const hint of hints) expect(hint).not.toMatch(OPERATOR_WORDS);
    await close();
  });
});

it('no hint about other servers passes, alone or after another', () => {
  const hints = Object.values(registry).flatMap(({ about }) =>
    'otherServers' in about && about.otherServers !== undefined ? [about.otherServers.hint] : [],
  );
  expect(hints.length).toBeGreaterThan(0);
  for (const hint of hints) {
    expect(toClientHint(hint)).toBeUndefined();
    expect(toClientHint(`Shorten the prompt. ${hint}`)).toBe('Shorten the prompt.');
  }
});

it.each([
  'Pass the setting region: us-west-2.',
  'Check the key given as apiKey or in OPENAI_API_KEY.',
  'Pass it in the request: generate({ prompt }).',
  'Call resume(error.job) to fetch the images without paying again.',
  'This is a bug in the provider. See error.cause.',
])('leaves out of an answer: %s', (hint) => {
  expect(toClientHint(`Leave seed out. ${hint}`)).not.toContain(hint);
});

it('keeps what a client can do', () => {
  const hint = "Pass size 1024x1024, or onUnsupported: 'adapt'. Styles are photo, poster.";
  expect(toClientHint(hint)).toBe(hint);
});
