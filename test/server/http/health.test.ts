/** What supervisors ask: health, readiness, metrics. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createServerMetrics } from '../../../src/apps/server/http/health/metrics.ts';
import type { RunSummary } from '../../../src/apps/server/runs/run-list.ts';
import { AiImageError } from '../../../src/index.ts';
import { TOKEN, useServers } from '../support.ts';
import { useGuardedApps } from './guarded-app.ts';

const start = useGuardedApps();
const startServer = useServers();
const AUTH = { headers: { authorization: `Bearer ${TOKEN}` } };
afterEach(() => {
  vi.useRealTimers();
});

it('is healthy while it answers, and ready while its store can save images', async () => {
  const { url, context } = await start();
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready' });
  context.state.isClosing = true;
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
});

it('is not ready when the store cannot save, says no reason to strangers, and asks the store every 2 seconds at most', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
  const errors: unknown[] = [];
  let checks = 0;
  let failure: Error | undefined = new AiImageError('storage_failed', 'the disk at /srv/images is full');
  const { url } = await start({
    onError: (error) => errors.push(error),
    storeMethods: {
      preflight: async () => {
        checks += 1;
        if (failure !== undefined) throw failure;
      },
    },
  });
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${url}/readyz`)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  const [first] = answers;
  expect(first?.headers.get('retry-after')).toBe('2');
  expect(await first?.text()).not.toContain('/srv');
  expect(checks).toBe(1);
  expect(errors).toHaveLength(1);
  failure = undefined;
  vi.setSystemTime(1_800_000_003_000);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(checks).toBe(2);
});

describe('metrics', () => {
  it('are off by default', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/metrics`, AUTH)).status).toBe(404);
  });

  it('need a token, and count answers by the pattern of their route', async () => {
    const { url } = await start({
      metrics: true,
      mount: (app) => {
        app.get('/images/:id', (c) => c.json({}));
      },
    });
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    for (const path of ['/images/a', '/images/b', '/nowhere/1', '/nowhere/2']) await fetch(`${url}${path}`, AUTH);
    await vi.waitFor(async () => {
      const answer = await fetch(`${url}/metrics`, AUTH);
      expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      const text = await answer.text();
      expect(text).toContain('imagen_http_requests_total{route="/images/:id",method="GET",status="200"} 2');
      expect(text).toContain('imagen_http_requests_total{route="/*",method="GET",status="404"} 2');
      expect(text).not.toContain('nowhere');
      expect(text).toContain('imagen_http_request_duration_seconds_count{route="/images/:id"} 2');
      expect(text).toContain('imagen_calls{state="waiting"} 0');
      expect(text).toContain(`imagen_http_requests_total{route="/metrics",method="GET",status="401"} 1`);
    });
  });

  it('count the images and calls of each token', async () => {
    const { post, send } = await startServer({ metrics: true });
    expect((await post('/v1/images/generations', { prompt: 'a secret fox' })).status).toBe(200);
    await vi.waitFor(async () => {
      const text = await (await send('/metrics')).text();
      expect(text).toContain('imagen_images_total{token="ada",provider="stub"} 1');
      expect(text).toContain('imagen_calls_ended_total{token="ada",provider="stub",state="done"} 1');
      expect(text).toContain('route="/v1/images/generations",method="POST",status="200"} 1');
      expect(text).not.toContain('fox');
    });
  });

  it('have lines as Prometheus reads them, and exact sums', () => {
    const metrics = createServerMetrics();
    const run: RunSummary = {
      id: 'a',
      state: 'done',
      token: 'a "b"\\\n',
      startedAt: '',
      operation: 'generate',
      prompt: 'a secret fox',
      images: 2,
      provider: 'stub',
      artifacts: ['1', '2'],
      costUsd: 0.1,
    };
    for (let at = 0; at < 3; at++) metrics.onRunEnd(run);
    metrics.onAnswer({ route: '/a', method: 'GET', status: 200, durationMs: 700 });
    metrics.onAnswer({ route: '/a', method: 'GET', status: 200, durationMs: 400_000 });
    for (const method of ['INVENTED', 'TRACE']) metrics.onAnswer({ route: '/b', method, status: 405, durationMs: 1 });
    const lines = metrics.toText({ running: 1, waiting: 2 }).trimEnd().split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'imagen_cost_usd_total{token="a \\"b\\"\\\\\\n",provider="stub"} 0.3',
        'imagen_images_total{token="a \\"b\\"\\\\\\n",provider="stub"} 6',
        'imagen_calls_ended_total{token="a \\"b\\"\\\\\\n",provider="stub",state="done"} 3',
        'imagen_http_requests_total{route="/b",method="other",status="405"} 2',
        'imagen_calls{state="running"} 1',
        'imagen_http_request_duration_seconds_bucket{route="/a",le="0.5"} 0',
        'imagen_http_request_duration_seconds_bucket{route="/a",le="1"} 1',
        'imagen_http_request_duration_seconds_bucket{route="/a",le="+Inf"} 2',
        'imagen_http_request_duration_seconds_sum{route="/a"} 400.7',
      ]),
    );
    for (const line of lines)
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) imagen_[a-z_]+ .+|imagen_[a-z_]+\{.+\} [\d.]+)$/);
    expect(lines.join('\n')).not.toContain('fox');
  });
});
