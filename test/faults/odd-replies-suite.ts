/** O01 O03 O04 O05: whatever a side field of a vendor's reply contains, the paid image is returned. Runs at two sizes. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProvider } from '../../src/index.ts';
import { bySettings } from '../../src/providers/kit/adapter/provider-definition.ts';
import type { MediaProvider } from '../../src/providers/protocol/index.ts';
import { type ProviderId, registry } from '../../src/providers/registry.ts';
import type { Conversation } from '../../src/testing/index.ts';
import { readConversations, readSettings } from '../../src/testing/node-runtime.ts';
import { fixturesOf } from '../providers/support/fixtures.ts';
import { call, type OddVendor, repliesOf, startOddVendor, walk } from './odd-replies.ts';

const API_KEY = 'key-of-the-odd-replies-0123456789';
const FAST = { minPollIntervalMs: 1, requestsPerMinute: 1_000_000, pollsPerSecond: 10_000 };
const ids = (Object.keys(registry) as ProviderId[]).filter((id) => id !== 'stub');

export interface Size {
  readonly conversations: number;
  readonly values: readonly unknown[];
}

/** @param submits receives the paths of paid requests */
async function openProvider(vendor: OddVendor, id: ProviderId, submits: Set<string>): Promise<MediaProvider> {
  const settings = await readSettings(fixturesOf(id));
  const { definition } = await registry[id].load();
  const own = definition.settingsSchema?.parse(settings);
  const path = new URL(bySettings(definition.baseUrl, own) ?? 'http://server/v1').pathname.replace(/\/$/, '');
  const filled = Object.entries(settings).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replaceAll('{{origin}}', vendor.origin).replaceAll('{{key}}', API_KEY) : value,
  ]);
  return createProvider(id as string, {
    ...Object.fromEntries(filled),
    apiKey: API_KEY,
    baseUrl: `${vendor.origin}${path}`,
    limits: FAST,
    hooks: {
      onAttempt({ step, url }) {
        if (step === 'submit') submits.add(new URL(url).pathname);
      },
    },
  });
}

/** Returns the conversations that end with an image after one paid request, without faults. */
function isWalkable({ kind, result, exchanges, settings, call: made }: Conversation): boolean {
  const isPlain = exchanges.every(({ response, together }) => (response.status ?? 500) < 300 && !together);
  const hasJson = exchanges.some(({ response }) => response.json !== undefined);
  const makesImages = ['generate', 'edit', 'generateImage'].includes(made.method);
  return (
    ['success', 'edit', 'other'].includes(kind) &&
    result !== undefined &&
    isPlain &&
    hasJson &&
    makesImages &&
    settings === undefined
  );
}

/**
 * Defines a test for each provider.
 * @param size how many conversations of each provider are walked, and what is put into their fields
 */
export function describeOddReplies({ conversations: most, values }: Size): void {
  let vendor: OddVendor;
  beforeAll(async () => {
    vendor = await startOddVendor();
  });
  afterAll(() => vendor.close());

  describe.each(ids)('%s', (id) => {
    it('returns the image or records the job, whatever a side field of its replies contains', {
      timeout: 600_000,
    }, async () => {
      const submits = new Set<string>();
      const provider = await openProvider(vendor, id, submits);
      const conversations = (await readConversations(fixturesOf(id))).filter(isWalkable);
      const lost: string[] = [];
      let cases = 0;
      let walked = 0;
      for (const conversation of conversations) {
        if (walked === most) break;
        const replies = await repliesOf(conversation, vendor.origin, API_KEY);
        submits.clear();
        vendor.play(replies);
        const plain = await call(provider, conversation);
        const [submit = '', another] = [...submits];
        if (plain.images === 0 || another !== undefined) continue;
        const paid = replies.findIndex(({ method, path }) => method === 'POST' && path.split('?')[0] === submit);
        walked += 1;
        const found = await walk({
          provider,
          vendor,
          conversation,
          replies,
          values,
          isPaid: (at) => at >= paid,
        });
        cases += found.cases;
        lost.push(...found.lost);
      }
      await provider.close();

      expect(lost).toEqual([]);
      expect(walked).toBeGreaterThan(0);
      expect(cases, 'side fields were found').toBeGreaterThan(id === 'stability' ? -1 : 0);
    });
  });
}
