/** Reports a manager's steps as OpenTelemetry spans and metrics. A prompt is described by its length and a hash, never by its text. */
import type { Context, ContextAPI, MetricsAPI, Span, TraceAPI } from '@opentelemetry/api';
import type { OnStep } from '../manager/index.ts';

/** The parts of `@opentelemetry/api` that are used. Pass the module itself. */
export interface OpenTelemetry {
  readonly trace: TraceAPI;
  readonly metrics: MetricsAPI;
  readonly context: ContextAPI;
}

const SCOPE = '@org/ai-image';
const OPERATION = 'image_generation';
/** `SpanStatusCode.ERROR`. */
const ERROR = 2;

interface Call {
  readonly span: Span;
  readonly context: Context;
  readonly startedAt: number;
}

/**
 * Creates an `onStep` for the settings of a manager.
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
  const calls = new Map<string, Call>();

  return (step, { call: id, ...facts }) => {
    const parent = calls.get(id);
    const name = step === 'call' ? OPERATION : `${OPERATION}.${step}`;
    const span = tracer.startSpan(name, { attributes: attributesOf(facts) }, parent?.context ?? context.active());
    if (step === 'call') calls.set(id, { span, context: trace.setSpan(context.active(), span), startedAt: Date.now() });
    return ({ facts: endFacts, code }) => {
      span.setAttributes(attributesOf(endFacts));
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
        duration.record((Date.now() - (calls.get(id)?.startedAt ?? Date.now())) / 1000, labels);
        calls.delete(id);
      }
    };
  };
}

type Facts = Readonly<Record<string, string | number | boolean>>;

const attributesOf = (facts: Facts): Facts =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [`${OPERATION}.${name}`, value]));

const pick = (facts: Facts, name: string): Facts => (facts[name] === undefined ? {} : { [name]: facts[name] });
