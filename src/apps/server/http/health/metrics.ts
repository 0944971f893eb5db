/** Counts answers and calls, and writes them in the text format of Prometheus (version 0.0.4). */
import type { RunList, RunSummary } from '../../runs/run-list.ts';
import { METHODS } from '../methods.ts';

export interface MeasuredAnswer {
  /** The pattern of the route, e.g. `/files/:id/:variant/:signed/:name`. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
}

export interface ServerMetrics {
  readonly onAnswer: (answer: MeasuredAnswer) => void;
  /** Counts a call that has ended. */
  readonly onRunEnd: (run: RunSummary) => void;
  readonly toText: (counts: ReturnType<RunList['counts']>) => string;
}

/** Seconds. An answer with an image takes from seconds to minutes. */
const BUCKETS = [0.005, 0.05, 0.5, 1, 5, 10, 30, 60, 120, 300];

interface RouteMetrics {
  /** By method and status, e.g. `GET 200`. */
  readonly answers: Map<string, number>;
  /** Answers of each bucket, without those of smaller ones. */
  readonly buckets: number[];
  count: number;
  sumMs: number;
}

export function createServerMetrics(): ServerMetrics {
  /** By route, then by method and status. Labels are written only when they are read. */
  const routes = new Map<string, RouteMetrics>();
  const runs = new Map<string, number>();
  const images = new Map<string, number>();
  /** In millionths of a US dollar, so that sums are exact. */
  const costs = new Map<string, number>();
  return {
    onAnswer({ route, method, status, durationMs }) {
      const metrics = routes.get(route) ?? { answers: new Map(), buckets: BUCKETS.map(() => 0), count: 0, sumMs: 0 };
      routes.set(route, metrics);
      // A client may invent methods, and each label takes memory.
      add(metrics.answers, `${METHODS.includes(method) ? method : 'other'} ${status}`, 1);
      metrics.count += 1;
      metrics.sumMs += durationMs;
      const bucket = BUCKETS.findIndex((bound) => durationMs <= bound * 1_000);
      if (bucket !== -1) metrics.buckets[bucket]! += 1;
    },
    onRunEnd({ state, token, provider = '', artifacts, costUsd }) {
      add(runs, labels({ token, provider, state }), 1);
      add(images, labels({ token, provider }), artifacts.length);
      if (costUsd !== undefined) add(costs, labels({ token, provider }), Math.round(costUsd * 1e6));
    },
    toText({ running, waiting }) {
      return [
        ...family('imagen_http_requests_total', 'counter', 'Answers, by route and status.', answerSamples(routes)),
        ...histogramLines(routes),
        ...family('imagen_calls', 'gauge', 'Calls that run or wait.', [
          [labels({ state: 'running' }), running],
          [labels({ state: 'waiting' }), waiting],
        ]),
        ...family('imagen_calls_ended_total', 'counter', 'Calls that have ended, by token, provider and end.', runs),
        ...family('imagen_images_total', 'counter', 'Images that were stored, by token and provider.', images),
        ...family(
          'imagen_cost_usd_total',
          'counter',
          'Cost in US dollars, by token and provider.',
          [...costs].map(([key, micros]) => [key, micros / 1e6]),
        ),
        '',
      ].join('\n');
    },
  };
}

function add(counters: Map<string, number>, key: string, value: number): void {
  counters.set(key, (counters.get(key) ?? 0) + value);
}

const labels = (values: Readonly<Record<string, string>>): string =>
  `{${Object.entries(values)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join()}}`;

const escapeLabel = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function family(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: Iterable<readonly [labels: string, value: number]>,
): readonly string[] {
  const lines = Array.from(samples, ([key, value]) => `${name}${key} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
}

function answerSamples(routes: ReadonlyMap<string, RouteMetrics>): readonly (readonly [string, number])[] {
  return [...routes].flatMap(([route, { answers }]) =>
    Array.from(answers, ([key, count]): readonly [string, number] => {
      const [method = '', status = ''] = key.split(' ');
      return [labels({ route, method, status }), count];
    }),
  );
}

function histogramLines(routes: ReadonlyMap<string, RouteMetrics>): readonly string[] {
  const name = 'imagen_http_request_duration_seconds';
  const lines = [...routes].flatMap(([route, { buckets, count, sumMs }]) => {
    let sum = 0;
    return [
      ...BUCKETS.map((bound, at) => {
        sum += buckets[at]!;
        return `${name}_bucket${labels({ route, le: String(bound) })} ${sum}`;
      }),
      `${name}_bucket${labels({ route, le: '+Inf' })} ${count}`,
      `${name}_sum${labels({ route })} ${sumMs / 1_000}`,
      `${name}_count${labels({ route })} ${count}`,
    ];
  });
  return [`# HELP ${name} Time until the last byte of an answer, by route.`, `# TYPE ${name} histogram`, ...lines];
}

/** Counts the ends of calls until the signal aborts. */
export async function countRuns(runs: RunList, metrics: ServerMetrics, signal: AbortSignal): Promise<void> {
  for await (const { type, run } of runs.events({ signal })) {
    if (type === 'done' || type === 'failed' || type === 'unknown' || type === 'cancelled') metrics.onRunEnd(run);
  }
}
