/** Every hook of a call names the call, the provider, the model and the caller's metadata: in a manager, in its providers, and for jobs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImageManager, type OnStep } from '../../src/manager/index.ts';
import type { JobHandle } from '../../src/providers/protocol/index.ts';
import type { Hooks } from '../../src/transport/index.ts';
import { closeServers, startServer } from '../faults/hostile-server.ts';
import { jobProvider, startJobServer } from '../faults/job-vendor.ts';
import { loadAdapters, openai, openaiReply, PROMPT } from '../faults/support.ts';

beforeAll(loadAdapters);
afterAll(closeServers);

type Seen = Readonly<Record<'hook' | 'call' | 'provider' | 'model' | 'metadata', unknown>>;

/** Records every hook of providers and manager. */
function recorder() {
  const seen: Seen[] = [];
  const texts: string[] = [];
  const record = (name: string) => (event: Parameters<NonNullable<Hooks['onAttempt']>>[0] | object) => {
    const { step, labels } = event as { step: string; labels: Record<string, unknown> };
    const { call, provider, model, metadata } = labels;
    seen.push({ hook: `${name} ${step}`, call, provider, model, metadata });
    texts.push(JSON.stringify(event));
  };
  const hooks: Hooks = { onAttempt: record('attempt'), onReply: record('reply'), onRetry: record('retry') };
  const onStep: OnStep = (step, { call, provider, model, metadata, facts }) => {
    seen.push({ hook: step, call, provider, model, metadata });
    texts.push(JSON.stringify(facts));
    return undefined;
  };
  return { seen, texts, hooks, onStep };
}

const metadata = { tenant: 'acme', trace: { id: 7 } };
const hooksOf = (seen: readonly Seen[]) => seen.map(({ hook }) => hook);
const callsOf = (seen: readonly Seen[]) => [...new Set(seen.map(({ call }) => call))];

describe('the hooks of one call', () => {
  it('have one id for all steps and requests, also after a fallback to another provider', async () => {
    const { seen, texts, hooks, onStep } = recorder();
    let answers = 0;
    const refusing = await startServer((hit) => {
      answers += 1;
      hit.reply(answers === 1 ? 429 : 402, { error: { message: 'no credit' } }, { 'retry-after': '0' });
    });
    const jobs = await startJobServer();
    const images = createImageManager({
      providers: { first: openai(refusing, { hooks }), second: jobProvider(jobs, { hooks }) },
      onStep,
    });
    const request = { prompt: PROMPT, metadata };

    const { model } = await images.generate(request, { callId: 'request-42-of-a-host' });

    expect(callsOf(seen)).toEqual(['request-42-of-a-host']);
    expect(seen.filter((each) => each.metadata !== metadata)).toEqual([]);
    const tried = seen.filter(({ hook }) => hook === 'generate');
    expect(tried).toMatchObject([{ provider: 'first' }, { provider: 'second', model }]);
    expect(hooksOf(seen)).toEqual(
      expect.arrayContaining([
        ...['call', 'compose', 'plan', 'policy', 'route', 'cache', 'budget', 'generate', 'store'],
        ...['attempt submit', 'reply submit', 'retry submit', 'attempt poll', 'reply poll'],
        ...['attempt download', 'reply download'],
      ]),
    );
    const requests = seen.filter(({ hook }) => String(hook).includes(' '));
    expect(new Set(requests.map(({ provider }) => provider))).toEqual(new Set(['openai', 'jobs']));
    expect(requests.filter((each) => typeof each.model !== 'string')).toEqual([]);
    const known = seen.filter(({ hook }) => ['cache', 'budget', 'generate', 'store'].includes(String(hook)));
    expect(known.filter(({ provider, model: of }) => provider === undefined || of === undefined)).toEqual([]);
    expect(texts.filter((text) => text.includes('submarine'))).toEqual([]);
  });

  it('have a random id without callId, another one for each call', async () => {
    const { seen, hooks, onStep } = recorder();
    const provider = openai(await startServer((hit) => hit.reply(200, openaiReply())), { hooks });
    const images = createImageManager({ providers: { openai: provider }, onStep });
    await images.generate({ prompt: PROMPT });
    const first = callsOf(seen);
    await images.generate({ prompt: PROMPT });
    expect(first).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(callsOf(seen)).toHaveLength(2);
  });

  it.each(['generate', 'stream', 'health check', 'job submitted, then resumed'])(
    'of a provider alone name the call: %s',
    async (way) => {
      const { seen, hooks } = recorder();
      const context = { callId: 'mine' };
      const request = { prompt: PROMPT, metadata };
      const direct = async () => openai(await startServer((hit) => hit.reply(200, openaiReply())), { hooks });
      if (way === 'generate') await (await direct()).generate(request, context);
      if (way === 'stream') for await (const _ of (await direct()).stream(request, context));
      if (way === 'health check') await (await direct()).healthCheck(context);
      if (way.startsWith('job')) {
        const provider = jobProvider(await startJobServer(), { hooks });
        const handle = (await provider.submit?.(request, context)) as JobHandle;
        await provider.resume?.(handle, context);
        expect(hooksOf(seen)).toEqual(expect.arrayContaining(['reply submit', 'reply poll', 'reply download']));
        // A handle holds no metadata: it is stored, and metadata is the caller's own.
        const afterSubmit = seen.filter(({ hook }) => !String(hook).endsWith('submit'));
        expect(afterSubmit.filter((each) => each.metadata !== undefined)).toEqual([]);
      }
      expect(callsOf(seen)).toEqual(['mine']);
      expect(seen.filter(({ provider }) => typeof provider !== 'string')).toEqual([]);
    },
  );

  it('of a job resumed by the manager name the call of the resume', async () => {
    const { seen, hooks } = recorder();
    const provider = jobProvider(await startJobServer(), { hooks });
    const images = createImageManager({ providers: { jobs: provider } });
    const handle = (await provider.submit?.({ prompt: PROMPT })) as JobHandle;
    seen.length = 0;
    await images.resume(handle, { callId: 'resumed' });
    expect(callsOf(seen)).toEqual(['resumed']);
    expect(seen).not.toEqual([]);
  });
});
