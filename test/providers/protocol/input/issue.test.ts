/** Validation issues are described in the words of this package, also where an app sets the messages of zod. */
import { afterEach, describe, expect, it } from 'vitest';
import { config, locales } from 'zod';
import * as z from 'zod/mini';
import { describeIssue, type Issue } from '../../../../src/providers/protocol/input/issue.ts';

const schema = z.object({
  prompt: z.string().check(z.minLength(1)),
  n: z.number().check(z.maximum(4)),
  selection: z.enum(['keep', 'reject']),
  tags: z.array(z.string()),
  model: z.string('must be the name of a model'),
});

const describeAll = (given: unknown) =>
  schema.safeParse(given).error?.issues.map((issue) => `${issue.path.join('.')} ${describeIssue(issue as Issue)}`);

const { localeError } = config();
afterEach(() => config({ localeError }));

describe('a validation issue', () => {
  it.each([
    ['alone', undefined],
    ['beside an app that imports zod, which sets English messages', locales.en().localeError],
  ])('is described in the same words %s', (_, messages) => {
    config({ localeError: messages });
    expect(describeAll({ prompt: '', n: 9, selection: 'x' })).toEqual([
      'prompt must have at least 1 character',
      'n must be at most 4',
      'selection must be one of keep, reject',
      'tags must be a list',
      'model must be the name of a model',
    ]);
    expect(describeAll({ prompt: 3, n: 1, selection: 'keep', tags: [], model: 'm' })).toEqual([
      'prompt must be a string',
    ]);
  });

  it('keeps the message of a check', () => {
    const check = z.string().check(z.refine((text) => text !== 'x', 'Invalid id of a workflow'));
    const [issue] = check.safeParse('x').error?.issues ?? [];
    expect(describeIssue(issue as Issue)).toBe('is invalid: Invalid id of a workflow');
  });
});
