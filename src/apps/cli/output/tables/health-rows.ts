/** Shows whether backends are healthy. */
import type { HealthReport } from '../../../shared/check-health.ts';

export function healthRow({ name, type, health }: HealthReport): readonly string[] {
  const start = [name, type];
  switch (health.status) {
    case 'ok':
      return [...start, 'healthy', `${health.latencyMs} ms`];
    case 'failing':
      return [...start, 'failing', `${health.message} (${health.code})`];
    case 'unknown':
      return [...start, 'unknown', health.message];
    default:
      return health satisfies never;
  }
}
