/** Creates a transport for any call. */
import { requestToken } from './phases/token-request.ts';
import type { TransportSettings } from './settings.ts';
import { createTransportWith, type Transport } from './transport.ts';

/** @throws TypeError the base URL is invalid, contains a credential, or has a query */
export const createTransport = (settings: TransportSettings): Transport =>
  createTransportWith(
    {
      jobs: () => import('./phases/jobs/run-job.ts'),
      socket: () => import('./phases/jobs/job-socket.ts'),
      stream: () => import('./phases/stream.ts'),
      requestToken,
      upload: () => import('./phases/upload.ts'),
    },
    settings,
  );
