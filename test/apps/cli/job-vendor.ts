/** A vendor with jobs on 127.0.0.1, and a configuration that names it. It replies like Replicate, or like BFL, which cannot cancel jobs. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer } from '../../faults/hostile-server.ts';
import { KEY, png } from '../../faults/support.ts';

type Status = 'processing' | 'succeeded' | 'failed' | 'canceled';

export interface JobVendor {
  readonly origin: string;
  readonly submits: () => number;
  readonly polls: () => number;
  readonly cancels: () => number;
  /** While polls are refused, a call ends at once and its job stays open. */
  readonly refusePolls: (isRefusing: boolean) => void;
  /** Sets the state of all jobs, or of one. */
  readonly set: (status: Status, id?: string) => void;
  /** The configuration of a backend `farm` at this vendor, as flags. @param folder where its file goes */
  readonly flags: (folder: string) => Promise<readonly string[]>;
}

/** The value of the variable that the configuration names. */
export const FARM = { FARM_KEY: KEY };

export async function openJobVendor({ cancels: canCancel = true } = {}): Promise<JobVendor> {
  const own = new Map<string, Status>();
  let usual: Status = 'processing';
  let isRefusing = false;
  let [submits, polls, cancels] = [0, 0, 0];
  const server = await startServer((hit) => {
    const path = hit.path.split('?')[0] ?? '';
    const id = /\/(p\d+)/.exec(hit.path)?.[1] ?? /id=(p\d+)/.exec(hit.path)?.[1] ?? '';
    if (path.startsWith('/files/')) return hit.reply(200, png(), { 'content-type': 'image/png' });
    if (path.endsWith('/cancel')) {
      cancels++;
      own.set(id, 'canceled');
      return hit.reply(200, jobBody(id));
    }
    if (hit.method === 'POST') {
      hit.bill();
      return hit.reply(200, jobBody(`p${++submits}`));
    }
    if (id === '') return hit.reply(200, {});
    polls++;
    if (isRefusing) return hit.reply(403, { detail: 'polls are refused' });
    return hit.reply(200, jobBody(id));
  });

  function jobBody(id: string) {
    const status = own.get(id) ?? usual;
    const image = `${server.origin}/files/${id}.png`;
    if (!canCancel) {
      const words = { processing: 'Pending', succeeded: 'Ready', failed: 'Error', canceled: 'Error' };
      const result = status === 'succeeded' && { result: { sample: image } };
      return { id, polling_url: `${server.origin}/v1/get_result?id=${id}`, status: words[status], ...result };
    }
    const job = `${server.origin}/v1/predictions/${id}`;
    return {
      ...{ id, status, urls: { get: job, cancel: `${job}/cancel` } },
      output: status === 'succeeded' ? [image] : null,
      error: status === 'failed' ? 'out of paint' : null,
    };
  }

  return {
    origin: server.origin,
    submits: () => submits,
    polls: () => polls,
    cancels: () => cancels,
    refusePolls(refuses) {
      isRefusing = refuses;
    },
    set(status, id) {
      if (id === undefined) usual = status;
      else own.set(id, status);
    },
    async flags(folder) {
      const file = join(folder, 'farm.yaml');
      const [type, model] = canCancel ? ['replicate', 'black-forest-labs/flux-schnell'] : ['bfl', 'flux-2-pro'];
      const limits = 'limits: { min_poll_interval_ms: 50 }';
      const backend = `type: ${type}, model: ${model}, base_url: '${server.origin}/v1', api_key_env: FARM_KEY, ${limits}`;
      await writeFile(file, `backends:\n  farm: { ${backend} }\n`);
      return ['--config', file];
    },
  };
}
