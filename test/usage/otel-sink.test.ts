/** The OpenTelemetry sink, read back with OpenTelemetry's own SDK. */
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { afterAll, expect, it } from 'vitest';
import { otelSink } from '../../src/usage/index.ts';
import { recordOf } from './support.ts';

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const meters = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
});
afterAll(() => meters.shutdown());

it('counts calls, images and cost once, and later amounts as corrections', async () => {
  const sink = otelSink({ meter: meters.getMeter('test') });
  const correction = recordOf('a', { revision: 2, isCorrection: true, costUsd: '0.050000' });
  await sink.record([recordOf('a', { images: 2 }), recordOf('b'), correction], new AbortController().signal);
  await meters.forceFlush();
  const found = exporter.getMetrics().flatMap((each) => each.scopeMetrics.flatMap(({ metrics }) => metrics));
  const values = found.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value]);
  expect(values).toEqual([
    ['image_generation.usage.calls', 2],
    ['image_generation.usage.images', 3],
    ['image_generation.usage.cost', 0.08],
    ['image_generation.usage.corrections', 1],
  ]);
  expect(found[0]?.dataPoints[0]?.attributes).toEqual({ provider: 'paid', model: 'model-1', basis: 'reported' });
});
