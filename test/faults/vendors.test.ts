/** What every vendor may do wrong, held against each provider's recorded conversations; those are replayed by test/providers. */
import { describe, expect, it } from 'vitest';
import { createProvider, type ProviderId, registry } from '../../src/providers/registry.ts';
import { readConversations, readSettings } from '../../src/testing/host.ts';
import type { Conversation } from '../../src/testing/index.ts';
import { fixturesOf } from '../providers/support/fixtures.ts';

/** The stub has no vendor behind it that could fail. */
const ids = (Object.keys(registry) as ProviderId[]).filter((id) => id !== 'stub');

const statusesOf = ({ exchanges }: Conversation) => exchanges.map(({ response }) => response.status);
const warningsOf = ({ result }: Conversation) => (result?.warnings ?? []) as readonly string[];
const failuresOf = ({ result }: Conversation) => (result?.failures ?? []) as readonly string[];
const isAnswered = (each: Conversation) => statusesOf(each).some((status) => status === 200 || status === 201);

describe.each(ids)('%s', async (id) => {
  const conversations = await readConversations(fixturesOf(id));
  const { definition } = await registry[id].load();
  const having = (isSo: (conversation: Conversation) => boolean) => conversations.filter(isSo).length;

  it('K11 shows its key in no URL', () => {
    const paths = conversations.flatMap(({ exchanges }) => exchanges.map(({ request }) => request.path));
    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter((path) => path.includes('{{key}}'))).toEqual([]);
  });

  it('K18 talks https to its vendor unless it is told another address', async () => {
    const settings = { apiKey: 'hf_vendor-faults-0123456789', ...(await readSettings(fixturesOf(id))) };
    const { requests } = await createProvider(id as string, settings).plan({ prompt: 'a red fox' });
    expect(requests.length).toBeGreaterThan(0);
    // A server of one's own is on this machine.
    for (const { url } of requests)
      expect(url).toMatch(/^(?:https:\/\/[a-z0-9.-]+|http:\/\/(?:127\.0\.0\.1|localhost):\d+)\//);
  });

  it('K19 refuses a key that no header could hold, without showing it', async () => {
    const settings = await readSettings(fixturesOf(id));
    for (const apiKey of ['hf_key\r\nx-injected: 1', 'hf_key with blanks', 'hf_kéy']) {
      let message = '';
      try {
        createProvider(id as string, { ...settings, apiKey });
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toMatch(/apiKey/);
      expect(message).not.toContain(apiKey);
    }
  });

  it('B04 says so when an answer holds no picture, and buys no second one', () => {
    const empty = ({ error, ...each }: Conversation) =>
      ['no_image', 'content_refused', 'bad_response'].includes(error?.code ?? '') && isAnswered({ error, ...each });
    expect(having(empty)).toBeGreaterThan(0);
  });

  it('B19 tells the truth when the picture is not as it was asked for', () => {
    const differs = (each: Conversation) =>
      warningsOf(each).some((code) => code === 'size_mismatch' || code === 'format_mismatch');
    expect(having(differs)).toBeGreaterThan(0);
  });

  it('B20 hands out what came of several, and says what did not', () => {
    const isPartial = (each: Conversation) => failuresOf(each).length > 0 && Number(each.result?.images) > 0;
    expect(having(isPartial)).toBeGreaterThan(0);
  });

  it('tells a used-up quota from a rate limit', () => {
    expect(having(({ error }) => error?.code === 'quota_exhausted')).toBeGreaterThan(0);
    expect(having(({ error }) => error?.code === 'rate_limited')).toBeGreaterThan(0);
  });

  it('refuses retired models by name at the vendor itself, where it knows any', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const retired = Object.entries(definition.models).filter(
      ([, { shutdown }]) => shutdown !== undefined && shutdown <= today,
    );
    const settings = { apiKey: 'hf_vendor-faults-0123456789', ...(await readSettings(fixturesOf(id))) };
    const provider = createProvider(id as string, settings);
    for (const [model, card] of retired) {
      // Where names are the customer's, a card's own name is not asked for.
      if (definition.toModel !== undefined) continue;
      const { requests, refusals } = await provider.plan({ prompt: 'a red fox', model });
      expect(requests).toEqual([]);
      expect(refusals).toContainEqual(expect.objectContaining({ code: 'model_retired', field: 'model' }));
      if (card.successor) expect(refusals.map(({ hint }) => hint)).toContain(`Use ${card.successor}.`);
    }
  });
});
