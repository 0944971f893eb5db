/** Reports a manager's steps as OpenTelemetry spans and metrics. A prompt is described by its length and a hash, never by its text. */
import type { Context, ContextAPI, MetricsAPI, TraceAPI } from '@opentelemetry/api';
import type { OnStep } from '../manager/index.ts';
import { DURATION_BUCKETS, requestAttributes, responseAttributes, TOKEN_BUCKETS } from './gen-ai-attributes.ts';

/** The parts of `@opentelemetry/api` that are used. Pass the module itself. */
export interface OpenTelemetry {
  readonly trace: TraceAPI;
  readonly metrics: MetricsAPI;
  readonly context: ContextAPI;
}

const SCOPE = '@org/ai-image';
const OPERATION = 'image_generation';
/** The vendor call: the step whose span and metrics also follow the conventions for generative AI. */
const VENDOR_CALL = 'generate';
/** `SpanKind.INTERNAL` and `SpanKind.CLIENT`. */
const [INTERNAL, CLIENT] = [0, 2];
/** `SpanStatusCode.ERROR`. */
const ERROR = 2;

interface Call {
  readonly context: Context;
}

/**
 * Creates an `onStep` for the settings of a manager. The span of a vendor call also has the `gen_ai.*` attributes of OpenTelemetry's
 * semantic conventions; metrics `gen_ai.client.operation.duration` and `gen_ai.client.token.usage` are recorded beside our own.
 * @example createImageManager({ providers, onStep: createOtelObserver(await import('@opentelemetry/api')) })
 */
export function createOtelObserver({ trace, metrics, context }: OpenTelemetry): OnStep {
  const tracer = trace.getTracer(SCOPE);
  const meter = metrics.getMeter(SCOPE);
  const duration = meter.createHistogram(`${OPERATION}.duration`, {
    unit: 's',
    description: 'Duration of a call.',
  });
  const images = meter.createCounter(`${OPERATION}.images`, { description: 'Generated images.' });
  const cost = meter.createCounter(`${OPERATION}.cost`, {
    unit: 'usd',
    description: 'Cost as reported by the vendor, or estimated from the price table.',
  });
  const vendorDuration = meter.createHistogram('gen_ai.client.operation.duration', {
    unit: 's',
    description: 'Duration of a vendor call.',
    advice: { explicitBucketBoundaries: DURATION_BUCKETS },
  });
  const tokens = meter.createHistogram('gen_ai.client.token.usage', {
    unit: '{token}',
    description: 'Tokens that a vendor call used.',
    advice: { explicitBucketBoundaries: TOKEN_BUCKETS },
  });
  const calls = new Map<string, Call>();

  return (step, { call: id, provider = '', model, facts }) => {
    const parent = calls.get(id);
    const isVendorCall = step === VENDOR_CALL;
    const name = step === 'call' ? OPERATION : `${OPERATION}.${step}`;
    const genAi = isVendorCall ? requestAttributes(provider, model, facts) : {};
    const attributes = { ...attributesOf(facts), [`${OPERATION}.call`]: id, ...genAi };
    const kind = isVendorCall ? CLIENT : INTERNAL;
    const span = tracer.startSpan(name, { kind, attributes }, parent?.context ?? context.active());
    const startedAt = Date.now();
    if (step === 'call') calls.set(id, { context: trace.setSpan(context.active(), span) });
    return ({ facts: endFacts, code }) => {
      span.setAttributes(attributesOf(endFacts));
      if (isVendorCall) {
        const response = responseAttributes(endFacts);
        span.setAttributes(response);
        recordVendorCall({ ...genAi, ...response, ...(code !== undefined && { 'error.type': code }) }, startedAt);
      }
      if (code !== undefined) {
        span.setAttribute('error.type', code);
        span.setStatus({ code: ERROR, message: code });
      }
      span.end();
      const labels = {
        ...pick(endFacts, 'provider'),
        ...pick(endFacts, 'model'),
        ...(code !== undefined && { 'error.type': code }),
      };
      if (step === 'generate') {
        if (typeof endFacts.images === 'number') images.add(endFacts.images, labels);
        if (typeof endFacts.usd === 'number') cost.add(endFacts.usd, labels);
      }
      if (step === 'call') {
        duration.record((Date.now() - startedAt) / 1000, labels);
        calls.delete(id);
      }
    };
  };

  function recordVendorCall(attributes: Facts, startedAt: number): void {
    const labels = Object.fromEntries(Object.entries(attributes).filter(([name]) => METRIC_ATTRIBUTES.includes(name)));
    vendorDuration.record((Date.now() - startedAt) / 1000, labels);
    for (const type of ['input', 'output']) {
      const count = attributes[`gen_ai.usage.${type}_tokens`];
      if (typeof count === 'number') tokens.record(count, { ...labels, 'gen_ai.token.type': type });
    }
  }
}

/** Few values each, so that a metric has few time series. */
const METRIC_ATTRIBUTES = [
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'gen_ai.response.model',
  'error.type',
];

type Facts = Readonly<Record<string, string | number | boolean>>;

const attributesOf = (facts: Facts): Facts =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [`${OPERATION}.${name}`, value]));

const pick = (facts: Facts, name: string): Facts => (facts[name] === undefined ? {} : { [name]: facts[name] });
