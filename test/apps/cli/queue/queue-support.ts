/** A store with a queue, and the command line that works on it. */
import { openWorkshop } from '../workshop.ts';

/** Flags of a small image of the stub. */
export const SMALL = ['--provider', 'stub', '--size', '64x48'] as const;

export interface ShownWork {
  readonly id: string;
  readonly state: string;
  readonly queue: string;
  readonly priority: number;
  readonly attempt: number;
  readonly runAt: string;
  readonly request: Readonly<Record<string, unknown>> | null;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
  readonly result?: { readonly artifacts: readonly string[] };
}

export async function openQueueShop(settings: Parameters<typeof openWorkshop>[0] = {}) {
  const shop = await openWorkshop({ ...settings, env: { AI_IMAGE_PROVIDER: 'stub', ...settings.env } });
  return {
    ...shop,
    /** Adds work for the stub. @returns its ids */
    async enqueue(...args: readonly string[]): Promise<readonly string[]> {
      const { stdout } = await shop.run('enqueue', ...args, ...SMALL);
      return stdout.split('\n').filter((line) => line !== '');
    },
    /** Returns all work, the latest first. */
    async work(...args: readonly string[]): Promise<readonly ShownWork[]> {
      const { stdout } = await shop.run('queue', 'list', '--json', ...args);
      return (JSON.parse(stdout) as { readonly work: readonly ShownWork[] }).work;
    },
    [Symbol.asyncDispose]: shop[Symbol.asyncDispose],
  };
}
