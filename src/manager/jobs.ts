/** Jobs on record: a handle is written down before the first question is asked. In memory here; a store brings records that last. */
import type { JobHandle } from '../providers/protocol/index.ts';
import type { JobRecord } from './types.ts';

export interface JobRecords {
  /** @param provider its name in the settings */
  put(handle: JobHandle, provider: string): Promise<void>;
  end(handle: Pick<JobHandle, 'provider' | 'id'>, state: 'done' | 'failed'): Promise<void>;
  find(id: string): Promise<JobRecord | undefined>;
  list(): Promise<readonly JobRecord[]>;
}

export function createJobRecords(): JobRecords {
  const records = new Map<string, JobRecord>();
  const keyOf = ({ provider, id }: Pick<JobHandle, 'provider' | 'id'>) => `${provider} ${id}`;
  return {
    async put(handle, provider) {
      records.set(keyOf(handle), { provider, handle, state: 'running' });
    },
    async end(handle, state) {
      const known = records.get(keyOf(handle));
      if (known) records.set(keyOf(handle), { ...known, state });
    },
    find: async (id) => [...records.values()].find(({ handle }) => handle.id === id),
    list: async () => [...records.values()],
  };
}
