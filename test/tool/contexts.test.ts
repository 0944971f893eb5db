/** What frameworks tell a tool about a call: wrong values, and signals that fire while the call is prepared. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { ToolCallContext } from '../../src/tool/image-tools.ts';
import { PaidProvider } from '../manager/support.ts';
import { doneData, failureOf, useToolHosts } from './tool-hosts.ts';

const startHost = useToolHosts();

it.each([
  ['a signal that is none', { signal: 'now' }, 'signal'],
  ['an object in place of a signal', { signal: {} }, 'signal'],
  ['a progress function that is none', { onProgress: 5 }, 'onProgress'],
  ['a conversation that is no text', { conversation_id: 5 }, 'conversation_id'],
  ['a list in place of a context', [], 'context'],
])('refuses %s before anything is sent', async (_, context, name) => {
  const vendor = new PaidProvider();
  const { generate } = startHost({ vendors: { vendor } });
  const failed = failureOf(await generate({}, context as unknown as ToolCallContext));
  expect(failed.data).toMatchObject({ code: 'invalid_request', charged: 'no' });
  expect(failed.error).toContain(name);
  expect(vendor.bought).toBe(0);
});

it('L15: never says that nothing was sent once a call was started, also when the tool itself fails', async () => {
  const vendor = new PaidProvider();
  const signal = new AbortController().signal;
  // Reads as a signal, and breaks when the tool waits.
  const broken = new Proxy(signal, {
    get: (target, name) => (name === 'removeEventListener' ? breakNow : bound(target, name)),
  });
  const { generate, call } = startHost({ vendors: { vendor } });
  const failed = failureOf(await generate({}, { signal: broken }));
  expect(failed.data).toMatchObject({ code: 'internal', charged: 'unknown', retry: false });
  expect(failed.error).not.toContain('Nothing was sent');
  expect(vendor.bought).toBe(1);
  const found = await call('get_image', { job_id: failed.data.job_id });
  expect(doneData(found).images).toHaveLength(1);
});

it('L09: a client that leaves while the call is prepared does not end the same call of another client', async () => {
  const vendor = new PaidProvider();
  const client = new AbortController();
  const { plan } = vendor;
  vendor.plan = async (request) => {
    client.abort();
    return plan.call(vendor, request);
  };
  const { generate } = startHost({ vendors: { vendor } });
  const callId = randomUUID();
  const [first, second] = await Promise.all([
    generate({}, { callId, signal: client.signal }),
    generate({}, { callId }),
  ]);
  expect(failureOf(first).data.code).toBe('aborted');
  expect(doneData(second).images).toHaveLength(1);
  expect(vendor.bought).toBe(1);
});

function breakNow(): never {
  throw new Error('a fault of the host');
}

function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name, target);
  return typeof value === 'function' ? value.bind(target) : value;
}
