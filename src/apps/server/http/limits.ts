/** The limits of a server and their defaults. */
import type { ServerLimits } from '../settings.ts';

export const DEFAULT_LIMITS: Required<ServerLimits> = {
  callsPerToken: 4,
  waitingPerToken: 32,
  requestsPerMinute: 600,
  maxJsonBytes: 1024 ** 2,
  maxUploadBytes: 256 * 1024 ** 2,
};
