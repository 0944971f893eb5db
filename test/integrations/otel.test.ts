/** Spans and metrics, read back with OpenTelemetry's own SDK. */
import { context, metrics, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOtelObserver } from '../../src/integrations/otel.ts';
import { createImageManager } from '../../src/manager/index.ts';
import { MANAGER_STEPS } from '../../src/manager/tracing.ts';
import { PaidProvider, small } from '../manager/support.ts';

const spans = new InMemorySpanExporter();
const counted = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const meters = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: counted, exportIntervalMillis: 3_600_000 })],
});

beforeAll(() => {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
  metrics.setGlobalMeterProvider(meters);
});
afterAll(async () => {
  await meters.shutdown();
  trace.disable();
  metrics.disable();
});

it('records a call and its steps as one trace, and counts images and dollars', async () => {
  const images = createImageManager({
    providers: { paid: new PaidProvider() },
    onStep: createOtelObserver({ context, metrics, trace }),
  });
  await images.generate(small);

  const all = spans.getFinishedSpans();
  const root = all.find(({ name }) => name === 'image_generation')!;
  const children = all.filter(({ parentSpanContext }) => parentSpanContext?.spanId === root.spanContext().spanId);
  expect(children.map(({ name }) => name)).toEqual(MANAGER_STEPS.slice(1).map((step) => `image_generation.${step}`));
  expect(root.attributes).toMatchObject({
    'image_generation.provider': 'paid',
    'image_generation.promptLength': small.prompt.length,
    'image_generation.promptHash': expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  expect(JSON.stringify(all.map(({ attributes }) => attributes))).not.toContain('fox');

  await meters.forceFlush();
  const found = counted.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((each) => each.metrics));
  const figure = (name: string) => found.find(({ descriptor }) => descriptor.name === name)?.dataPoints[0]?.value;
  expect([figure('image_generation.images'), figure('image_generation.cost')]).toEqual([1, 0.1]);
  expect(figure('image_generation.duration')).toMatchObject({ count: 1 });
});

it('records how a call failed', async () => {
  spans.reset();
  const images = createImageManager({
    providers: { bad: new PaidProvider({ fail: 'unavailable' }) },
    onStep: createOtelObserver({ context, metrics, trace }),
  });
  await expect(images.generate(small)).rejects.toMatchObject({ code: 'unavailable' });
  const root = spans.getFinishedSpans().find(({ name }) => name === 'image_generation')!;
  expect([root.status.code, root.attributes['error.type']]).toEqual([2, 'unavailable']);
});
