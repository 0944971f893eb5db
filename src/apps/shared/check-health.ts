/** Checks whether backends answer and accept their key. Costs nothing. */
import type { Environment } from '../../config/index.ts';
import { type Health, isAiImageError } from '../../index.ts';
import { checkUsability, createProvider } from './backend-models.ts';
import type { Backend } from './list-backends.ts';

export interface HealthReport {
  readonly name: string;
  readonly type: string;
  readonly health: Health;
}

export interface HealthSettings {
  readonly env: Environment;
  readonly signal: AbortSignal;
  /** Time limit for each backend. */
  readonly deadlineMs: number;
}

/** Checks all backends at the same time. A backend that fails is reported, not thrown. */
export function checkHealth(
  backends: readonly Backend[],
  { env, signal, deadlineMs }: HealthSettings,
): Promise<readonly HealthReport[]> {
  return Promise.all(
    backends.map(async (backend) => {
      const { name, type } = backend;
      try {
        const usability = await checkUsability(backend, env);
        if (!usability.isUsable) return { name, type, health: failing('not_configured', usability.reason) };
        const provider = await createProvider(backend, env);
        const health = await provider.healthCheck({ signal, deadlineMs });
        await provider.close();
        return { name, type, health };
      } catch (error) {
        if (!isAiImageError(error)) throw error;
        return { name, type, health: failing(error.code, error.message) };
      }
    }),
  );
}

const failing = (code: string, message: string): Health => ({ status: 'failing', latencyMs: 0, code, message });
