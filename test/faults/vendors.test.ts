/** Faults that every vendor may have, checked against each provider's recorded conversations. test/providers replays those. */
import { describe, expect, it } from 'vitest';
import { createProvider, type ProviderId, registry } from '../../src/providers/registry.ts';
import type { Conversation } from '../../src/testing/index.ts';
import { readConversations, readSettings } from '../../src/testing/node-runtime.ts';
import { fixturesOf } from '../providers/support/fixtures.ts';

/** The stub has no vendor that could fail. */
const ids = (Object.keys(registry) as ProviderId[]).filter((id) => id !== 'stub');

const statusesOf = ({ exchanges }: Conversation) => exchanges.map(({ response }) => response.status);
const warningsOf = ({ result }: Conversation) => (result?.warnings ?? []) as readonly string[];
const failuresOf = ({ result }: Conversation) => (result?.failures ?? []) as readonly string[];
const isAnswered = (each: Conversation) => statusesOf(each).some((status) => status === 200 || status === 201);

describe.each(ids)('%s', async (id) => {
  const conversations = await readConversations(fixturesOf(id));
  const { definition } = await registry[id].load();
  const having = (isSo: (conversation: Conversation) => boolean) => conversations.filter(isSo).length;

  it('K11: the provider puts its key in no URL', () => {
    const paths = conversations.flatMap(({ exchanges }) => exchanges.map(({ request }) => request.path));
    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter((path) => path.includes('{{key}}'))).toEqual([]);
  });

  it('K18: uses https unless another address is configured', async () => {
    const settings = { apiKey: 'hf_vendor-faults-0123456789', ...(await readSettings(fixturesOf(id))) };
    const { requests } = await createProvider(id as string, settings).plan({ prompt: 'a red fox' });
    expect(requests.length).toBeGreaterThan(0);
    // The user's own server is on this machine.
    for (const { url } of requests)
      expect(url).toMatch(/^(?:https:\/\/[a-z0-9.-]+|http:\/\/(?:127\.0\.0\.1|localhost):\d+)\//);
  });

  it('K19: the provider refuses a key that is not a valid header value, without showing it', async () => {
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

  it('B04: the provider reports a reply without an image, and does not request a second one', () => {
    const empty = ({ error, ...each }: Conversation) =>
      ['no_image', 'content_refused', 'bad_response'].includes(error?.code ?? '') && isAnswered({ error, ...each });
    expect(having(empty)).toBeGreaterThan(0);
  });

  it('B19: the provider returns the real size and format when the image differs from the request', () => {
    const differs = (each: Conversation) =>
      warningsOf(each).some((code) => code === 'size_mismatch' || code === 'format_mismatch');
    expect(having(differs)).toBeGreaterThan(0);
  });

  it('B20: the provider returns the images that arrived, and reports the missing ones', () => {
    const isPartial = (each: Conversation) => failuresOf(each).length > 0 && Number(each.result?.images) > 0;
    expect(having(isPartial)).toBeGreaterThan(0);
  });

  it('distinguishes an exhausted quota from a rate limit', () => {
    expect(having(({ error }) => error?.code === 'quota_exhausted')).toBeGreaterThan(0);
    expect(having(({ error }) => error?.code === 'rate_limited')).toBeGreaterThan(0);
  });

  it('refuses the retired models that it knows, at the vendor’s own address', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const retired = Object.entries(definition.models).filter(
      ([, { shutdown }]) => shutdown !== undefined && shutdown <= today,
    );
    const settings = { apiKey: 'hf_vendor-faults-0123456789', ...(await readSettings(fixturesOf(id))) };
    const provider = createProvider(id as string, settings);
    for (const [model, card] of retired) {
      // When customers name the models, the card's own id is not requested.
      if (definition.toModel !== undefined) continue;
      const { requests, refusals } = await provider.plan({ prompt: 'a red fox', model });
      expect(requests).toEqual([]);
      expect(refusals).toContainEqual(expect.objectContaining({ code: 'model_retired', field: 'model' }));
      if (card.successor) expect(refusals.map(({ hint }) => hint)).toContain(`Use ${card.successor}.`);
    }
  });
});
