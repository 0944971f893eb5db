/** Work that outlives a process: enqueue requests, and run workers that generate their images once. */
export { createQueue, type QueueSettings } from './create-queue.ts';
export type {
  Enqueued,
  EnqueueOptions,
  Queue,
  QueuedWork,
  QueueQuery,
  QueueRequest,
  StoredInput,
  StoredRequest,
} from './queue.ts';
export type { Pause, QueueCounts, WorkError, WorkResult, WorkState } from './queue-engine.ts';
export { createWorker } from './worker/create-worker.ts';
export type { Worker, WorkerEvent, WorkerSettings, WorkerTotals } from './worker.ts';
