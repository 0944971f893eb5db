import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { defineProvider, get } from '../../../../src/providers/kit/index.ts';
import type { JobHandle } from '../../../../src/providers/protocol/index.ts';
import { openVendor, sampleParts, sendJson } from '../support/vendor.ts';

/** Their chunks are gone, as after a deployment of a new version. */
const gone = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'));
const apiKey = 'sample-key-0123456789';

const withoutCode = defineProvider({
  ...sampleParts,
  job: {
    feature: { name: 'jobs', load: gone },
    submittedSchema: z.object({ id: z.string() }),
    toHandle: ({ id }) => ({ id }),
    toPoll: ({ id }) => get(`jobs/${id}`),
    stateSchema: z.object({}),
    toState: () => ({ kind: 'running' }),
  },
});

const handle: JobHandle = {
  version: 1,
  provider: 'sample',
  model: 'sample-1',
  id: 'job-1',
  submittedAt: '2026-11-21T00:00:00.000Z',
  request: { prompt: 'a fox', n: 1 },
};

describe('a feature whose code cannot be loaded', () => {
  it.each(['generate', 'submit'] as const)(
    'fails %s before anything is sent, and nothing is charged',
    async (method) => {
      await using vendor = await openVendor((_, response) => sendJson(response, {}));
      const provider = withoutCode.create({ apiKey, baseUrl: vendor.url });

      await expect(provider[method]!({ prompt: 'a fox' })).rejects.toMatchObject({
        code: 'internal',
        charged: 'no',
        message: 'sample: the code for jobs could not be loaded',
        hint: expect.stringMatching(/^Nothing was sent\./),
      });
      expect(vendor.received).toEqual([]);
    },
  );

  it('does not say that a submitted job was not charged, and keeps the job', async () => {
    await using vendor = await openVendor((_, response) => sendJson(response, {}));
    const provider = withoutCode.create({ apiKey, baseUrl: vendor.url });

    const resuming = provider.resume!(handle);
    await expect(resuming).rejects.toMatchObject({
      code: 'internal',
      charged: 'unknown',
      hint: expect.stringMatching(/^The job is not affected\..*Then resume the job again\.$/),
      job: { id: 'job-1' },
    });
    expect(vendor.received).toEqual([]);
  });
});
