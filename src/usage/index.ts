/** Delivers what each call cost to sinks: files, databases, webhooks, metrics. Apps and hosts import it from here. */

export {
  createUsageDelivery,
  removeUsageSink,
  type UsageDelivery,
  type UsageDeliverySettings,
  type UsageTrouble,
  type UsageWait,
  usageSinkStates,
} from './delivery/create-usage-delivery.ts';
export type { UsageSinkState } from './delivery/outbox.ts';
export { type JsonLinesSettings, jsonLinesSink } from './sinks/json-lines-sink.ts';
export { type OtelSinkSettings, otelSink } from './sinks/otel-sink.ts';
export { type PostgresSinkSettings, postgresSink } from './sinks/postgres-sink.ts';
export { type WebhookSettings, webhookSink } from './sinks/webhook-sink.ts';
export type { UsageRecord } from './usage-record.ts';
export type { UsageSink } from './usage-sink.ts';
