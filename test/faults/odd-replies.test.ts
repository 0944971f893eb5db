/** Changes side fields of replies in a small selection (all of them: test/heavy), and checks that planted faults are found. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { defineProvider, post } from '../../src/providers/kit/index.ts';
import type { Conversation } from '../../src/testing/index.ts';
import { ODD_VALUES, type OddVendor, repliesOf, sideFields, startOddVendor, walk } from './odd-replies.ts';
import { describeOddReplies } from './odd-replies-suite.ts';

describeOddReplies({ conversations: 1, values: ODD_VALUES.slice(0, 2) });

const API_KEY = 'key-of-the-odd-replies-0123456789';
const FAST = { minPollIntervalMs: 1 };
let vendor: OddVendor;
beforeAll(async () => {
  vendor = await startOddVendor();
});
afterAll(() => vendor.close());

describe('the walk over side fields', () => {
  it('finds an adapter that requires a side field', async () => {
    const { provider, conversation, replies } = await plantedVendor(z.number());

    const { lost } = await walk({ provider, vendor, conversation, replies, values: ODD_VALUES, isPaid: () => true });

    expect(lost.length).toBeGreaterThan(3);
    expect(lost.every((line) => line.includes('price'))).toBe(true);
  });

  it('finds nothing when the same field may be absent', async () => {
    const { provider, conversation, replies } = await plantedVendor(z.nullish(z.number()));

    expect(await walk({ provider, vendor, conversation, replies, values: ODD_VALUES, isPaid: () => true })).toEqual({
      cases: ODD_VALUES.length,
      lost: [],
    });
  });

  it('does not change the fields that lead to the image', () => {
    const common = { status: 200, headers: {}, bytes: undefined, images: new Set(['QUJD']) };
    const json = { job: { id: 'job-17', price: 4 }, images: [{ data: 'QUJD', note: 'a' }], seeds: [1] };
    const submit = { ...common, method: 'POST', path: '/jobs', json };
    const poll = { ...common, method: 'GET', path: '/jobs/job-17', json: {} };

    expect(sideFields([submit, poll]).map((path) => path.join('.'))).toEqual([
      'job.price',
      'images.0.note',
      'seeds',
      'seeds.0',
    ]);
  });
});

async function plantedVendor(price: z.ZodMiniType) {
  const adapter = defineProvider({
    about: { id: 'planted', title: 'Planted', aliases: [], auth: { kind: 'none' } },
    baseUrl: 'https://planted.example',
    models: {
      one: {
        title: 'One',
        sizes: { kind: 'none' },
        formats: ['png'],
        maxImages: 1,
        maxPromptLength: 100,
        source: 'made up',
      },
    },
    defaultModel: 'one',
    optionsSchema: z.strictObject({}),
    toRequest: ({ prompt }) => post('images', { prompt }),
    responseSchema: z.object({ url: z.string(), price }),
    toImages: ({ url }) => [{ link: url }],
    errorSchema: z.object({ message: z.string() }),
    toError: ({ message }) => ({ message }),
  });
  const conversation = {
    title: 'planted',
    kind: 'success',
    call: { method: 'generate', request: { prompt: 'a fox' } },
    exchanges: [
      {
        request: { method: 'POST', path: '/images' },
        response: { status: 200, json: { url: '{{origin}}/a.png', price: 4 } },
      },
      {
        request: { method: 'GET', path: '/a.png' },
        response: { status: 200, bytes: { $image: 'png', width: 8, height: 8 } },
      },
    ],
  } as const satisfies Conversation;
  const replies = await repliesOf(conversation, vendor.origin, API_KEY);
  return { provider: adapter.create({ baseUrl: vendor.origin, limits: FAST }), conversation, replies };
}
