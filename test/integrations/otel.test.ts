/** Spans and metrics, read back with OpenTelemetry's own SDK. */
import { context, metrics, SpanKind, trace } from '@opentelemetry/api';
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

/** Returns what one provider answers, with everything that the conventions name. */
function answering(id: string, usage: object, job?: string): PaidProvider {
  const provider = new PaidProvider({ id });
  const { generate } = provider;
  provider.generate = async (request, call) => {
    const generation = await generate(request, call);
    const handle = job === undefined ? {} : { job: { id: job } as never };
    return { ...generation, provider: id, requestId: 'req-7', usage, ...handle };
  };
  return provider;
}

it("gives the span of the vendor call the names of OpenTelemetry's conventions, beside ours", async () => {
  const observed = async (id: string, request: object, job?: string) => {
    spans.reset();
    const images = createImageManager({
      providers: { mine: answering(id, { inputTokens: 12, outputTokens: 4160 }, job) },
      onStep: createOtelObserver({ context, metrics, trace }),
    });
    const session = images.session('user-5');
    await images.generate({ ...small, session, ...request }, { callId: 'a-call-of-the-host' });
    return spans.getFinishedSpans();
  };
  const all = await observed('google-gemini', { n: 2, seed: 7 }, 'job-9');
  const call = all.find(({ name }) => name === 'image_generation.generate')!;
  expect(call.kind).toBe(SpanKind.CLIENT);
  const { model } = (await new PaidProvider().plan(small)) as { model: string };
  expect(call.attributes).toMatchObject({
    'gen_ai.operation.name': 'generate_content',
    'gen_ai.provider.name': 'gcp.gemini',
    'gen_ai.output.type': 'image',
    'gen_ai.request.model': model,
    'gen_ai.response.model': model,
    'gen_ai.request.choice.count': 2,
    'gen_ai.request.seed': 7,
    'gen_ai.response.id': 'job-9',
    'gen_ai.usage.input_tokens': 12,
    'gen_ai.usage.output_tokens': 4160,
    'gen_ai.conversation.id': 'user-5',
    'image_generation.call': 'a-call-of-the-host',
    'image_generation.provider': 'google-gemini',
  });
  const others = all.filter((span) => span !== call);
  expect(others.filter(({ kind }) => kind !== SpanKind.INTERNAL)).toEqual([]);
  expect(others.flatMap(({ attributes }) => Object.keys(attributes)).filter((key) => /^gen_ai/.test(key))).toEqual([]);
  expect(JSON.stringify(all.map(({ attributes }) => attributes))).not.toContain('fox');

  const plain = (await observed('openai', {})).find(({ name }) => name === 'image_generation.generate')!;
  expect(plain.attributes).toMatchObject({
    'gen_ai.operation.name': 'image_generation',
    'gen_ai.provider.name': 'openai',
    'gen_ai.response.id': 'req-7',
  });
  expect(plain.attributes).not.toHaveProperty('gen_ai.request.choice.count');

  await meters.forceFlush();
  const latest = counted.getMetrics().at(-1)!;
  const points = (name: string) =>
    latest.scopeMetrics.flatMap((each) => each.metrics).find(({ descriptor }) => descriptor.name === name)?.dataPoints;
  expect(points('gen_ai.client.token.usage')).toContainEqual(
    expect.objectContaining({
      attributes: expect.objectContaining({ 'gen_ai.token.type': 'output', 'gen_ai.provider.name': 'gcp.gemini' }),
      value: expect.objectContaining({ count: 1, sum: 4160 }),
    }),
  );
  const [duration] = points('gen_ai.client.operation.duration') ?? [];
  expect(duration?.value).toMatchObject({ buckets: { boundaries: expect.arrayContaining([81.92, 655.36]) } });
});
