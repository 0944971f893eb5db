/** Counts images and cost as OpenTelemetry metrics. */
import type { Meter } from '@opentelemetry/api';
import type { UsageSink } from '../usage-sink.ts';

export interface OtelSinkSettings {
  /** For example `metrics.getMeter('my-app')` of `@opentelemetry/api`. */
  readonly meter: Meter;
  /** The name of the sink. @default 'otel' */
  readonly name?: string;
}

/**
 * Creates a sink with the counters `image_generation.usage.calls`, `.images` and `.cost` (US dollars), by provider, model and basis. A
 * counter cannot be corrected: only the first amount of a call counts, later ones are counted in `.corrections`. A record that is sent again
 * counts again. For exact sums use another sink too.
 */
export function otelSink({ meter, name = 'otel' }: OtelSinkSettings): UsageSink {
  const counter = (metric: string, description: string, unit?: string) =>
    meter.createCounter(`image_generation.usage.${metric}`, { description, ...(unit !== undefined && { unit }) });
  const calls = counter('calls', 'Calls whose cost is recorded.', '{call}');
  const images = counter('images', 'Images of these calls.', '{image}');
  const cost = counter('cost', 'Cost of these calls, as first recorded.', 'usd');
  const corrections = counter('corrections', 'Costs that were recorded again, with another amount.', '{correction}');
  return {
    name,
    async record(records) {
      for (const { provider, model, basis, isCorrection, images: count, costUsd } of records) {
        const labels = { provider, model, basis };
        if (isCorrection) {
          corrections.add(1, labels);
          continue;
        }
        calls.add(1, labels);
        images.add(count, labels);
        cost.add(Number(costUsd), labels);
      }
    },
  };
}
