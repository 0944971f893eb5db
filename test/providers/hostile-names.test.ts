/** Names from a caller or a vendor never direct a request to another address. Tests every provider on a real socket. */
import { afterAll, describe, expect, it } from 'vitest';
import { createProvider, type ProviderId, registry } from '../../src/providers/registry.ts';
import { readSettings } from '../../src/testing/node-runtime.ts';
import { closeServers, startServer } from '../faults/hostile-server.ts';
import { png } from '../faults/support.ts';
import { fixturesOf } from './support/fixtures.ts';

afterAll(closeServers);

const ids = (Object.keys(registry) as ProviderId[]).filter((id) => id !== 'stub');
/** The base path that no request may leave. */
const BASE = '/below/v1';

const HOSTILE = [
  '../../admin',
  '..',
  '.',
  '/../../admin',
  'a/../../../admin',
  '%2e%2e/%2e%2e/admin',
  '..%2f..%2fadmin',
  '..\\..\\admin',
  'a//b',
  '/admin',
  'admin/',
  'model?admin=1',
  'model#admin',
  'a\r\nX-Injected: 1',
  'a\tb',
  'upscale-../../admin',
  'ideogram-3/../../admin',
  'owner/name/../../../admin:version',
  'owner/name:../../admin',
  '//evil.example/admin',
  'https://evil.example/admin',
  '\u0000',
  'lone \ud800 surrogate',
];

/** The model in a correct URL: `:`, `@` and similar characters are not escaped. */
const FRIENDLY = ['plain-model_1.5', 'owner/name', 'fal-ai/flux/dev', 'name with blank', 'maker.model-v1:0', 'ä'];

async function open(id: ProviderId, more: object = {}) {
  const server = await startServer((hit) => hit.reply(418, { error: 'no such route' }));
  const base = `${server.origin}${BASE}`;
  const { settingsSchema } = (await registry[id].load()).definition;
  const known = Object.keys((settingsSchema as { shape?: object } | undefined)?.shape ?? {});
  const places = Object.fromEntries(
    ['hubUrl', 'catalogueUrl', 'storageUrl', 'photonUrl', 'controlUrl', 'tokenUrl'].flatMap((name) =>
      known.includes(name) ? [[name, `${base}/${name}`]] : [],
    ),
  );
  const settings = { ...(await readSettings(fixturesOf(id))), ...places, ...more };
  const provider = createProvider(id as string, {
    apiKey: 'test-key-0123456789abcdef',
    baseUrl: base,
    deadlineMs: 3_000,
    limits: { maxRetries: 0, minPollIntervalMs: 1, requestsPerMinute: 60_000 },
    ...settings,
  });
  return { server, provider };
}

const lines = (server: { readonly hits: readonly { method: string; path: string }[] }) =>
  server.hits.map(({ method, path }) => `${method} ${path}`);

/** Resolves a path as a server does: dots and escapes are decoded. */
function isBelow(path: string): boolean {
  const readings = [path, decodeURIComponent(path)];
  return readings.every((each) => new URL(each.replaceAll('\\', '/'), 'http://h').pathname.startsWith(`${BASE}/`));
}

describe.each(ids)('a hostile model id at %s', (id) => {
  it('is refused before the call, or is never part of a URL', async () => {
    const { server, provider } = await open(id);
    for (const model of HOSTILE) {
      for (const request of [
        { prompt: 'a fox', model },
        { prompt: 'a fox', model, inputImages: [png()], operation: 'edit' as const },
      ]) {
        const before = server.hits.length;
        const error: unknown = await provider.generate(request).catch((reason: unknown) => reason);

        const hits = server.hits.slice(before);
        for (const { path } of hits) {
          expect(isBelow(path), `${model} became ${path}`).toBe(true);
          expect(path).not.toMatch(/admin|evil|injected/i);
          expect(path.split('?')[0]?.replace(/^\//, '').split('/')).not.toContain('');
        }
        // The call ends with a clear result, and if nothing was sent, it reports that nothing was charged.
        if (hits.length === 0) expect(error).toMatchObject({ charged: 'no' });
        const plan = await provider.plan(request).catch((reason: unknown) => reason);
        for (const { url } of (plan as { requests?: readonly { url: string }[] }).requests ?? []) {
          expect(isBelow(new URL(url).pathname), `${model} is planned as ${url}`).toBe(true);
        }
      }
    }
  });

  it('is accepted if it is an ordinary name', async () => {
    const { server, provider } = await open(id);
    for (const model of FRIENDLY) {
      await provider.generate({ prompt: 'a fox', model, onUnsupported: 'adapt' }).catch(() => undefined);
    }
    for (const { path } of server.hits) expect(isBelow(path)).toBe(true);
  });
});

describe.each([
  ['bfl', 'owner/name', `POST ${BASE}/owner/name`],
  ['fal', 'fal-ai/flux/dev', `POST ${BASE}/fal-ai/flux/dev`],
  ['huggingface', 'owner/name', `POST ${BASE}/hf-inference/models/owner/name`],
  ['replicate', 'owner/name', `GET ${BASE}/models/owner/name`],
  ['bedrock', 'owner/name', `POST ${BASE}/model/owner%2Fname/invoke`],
  ['google-gemini', 'owner/name', `POST ${BASE}/v1beta/models/owner%2Fname:generateContent`],
] as const)('a model id with slashes at %s', (id, model, line) => {
  it('keeps its slashes where they separate segments, and is one path segment elsewhere', async () => {
    const { server, provider } = await open(id, id === 'bedrock' ? { region: 'us-west-2' } : {});
    await provider.generate({ prompt: 'a fox', model }).catch(() => undefined);

    expect(lines(server)).toContain(line);
  });
});

describe.each(['fal-ai', 'replicate', 'wavespeed', 'hf-inference'])(
  'a hostile id of a Hugging Face host (%s)',
  (host) => {
    it('is refused before the call', async () => {
      for (const providerId of HOSTILE) {
        const { server, provider } = await open('huggingface', { provider: host });
        const call = provider.generate({ prompt: 'a fox', model: 'owner/name', options: { providerId } });

        const error: unknown = await call.catch((reason: unknown) => reason);
        // Replicate receives a model version in the body.
        if (host === 'replicate' && providerId.includes(':') && lines(server).length > 0) {
          expect(lines(server)).toEqual([`POST ${BASE}/replicate/v1/predictions`]);
        } else {
          expect(error).toMatchObject({ code: 'invalid_request', charged: 'no' });
          expect(lines(server)).toEqual([]);
        }
      }
    });
  },
);

/** Providers whose poll URL contains the job id. */
const WITH_JOBS = [
  'bfl',
  'comfyui',
  'fal',
  'firefly',
  'ideogram',
  'leonardo',
  'luma',
  'replicate',
  'runway',
  'stability',
] as const;

describe.each(WITH_JOBS)('the id of a job at %s', (id) => {
  it.each(['..', '../../admin', '%2e%2e/admin', 'a/../../admin', 'a?x=1', 'a#b', '', '..\\admin'])(
    'that is %j does not change the address',
    async (jobId) => {
      const { server, provider } = await open(id);
      const { definition } = await registry[id].load();
      const handle = {
        version: 1 as const,
        provider: id,
        model: definition.defaultModel,
        id: jobId,
        submittedAt: new Date().toISOString(),
        request: { prompt: 'a fox', n: 1 },
      };

      const error: unknown = await provider.resume(handle).catch((reason: unknown) => reason);

      expect(error).toMatchObject({ job: { id: jobId } });
      for (const { path } of server.hits) {
        expect(isBelow(path), path).toBe(true);
        expect(path.split('?')[0]).not.toMatch(/admin/);
      }
    },
  );
});
