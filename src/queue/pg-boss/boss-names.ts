/** Names of schemas and queues in pg-boss. */
import { createHash } from 'node:crypto';
import type { NewWork } from '../queue-engine.ts';

/** PostgreSQL cuts longer names. */
const MAX_SCHEMA_LENGTH = 63;
const SUFFIX = '_jobs';
const HASH_LENGTH = 8;

/** Returns the schema of pg-boss: beside that of the store, so that two stores in one database never share work. */
export function bossSchemaOf(storeSchema: string): string {
  const name = `${storeSchema}${SUFFIX}`;
  if (name.length <= MAX_SCHEMA_LENGTH) return name;
  const kept = storeSchema.slice(0, MAX_SCHEMA_LENGTH - SUFFIX.length - HASH_LENGTH - 1);
  return `${kept}_${hashOf(storeSchema)}${SUFFIX}`;
}

/** Work of one queue, provider and version is a queue of its own in pg-boss: a lane. A pause closes lanes, and the others go on. */
export type LaneOf = Pick<NewWork, 'queue' | 'provider' | 'version'>;

/** pg-boss accepts these characters. */
const ALLOWED = /^[\w.-]{1,64}$/;

/** Returns the name of the lane, for example `images/openai/1`. It is shown in the tools of pg-boss. */
export const laneNameOf = ({ queue, provider = '', version }: LaneOf): string =>
  [toNamePart(queue), toNamePart(provider), version].join('/');

/** A plain name never contains `/`, and a hash begins with `-/`, so that two lanes never share a name. */
const toNamePart = (name: string) => (name === '' || ALLOWED.test(name) ? name : `-/${hashOf(name, 32)}`);

const hashOf = (text: string, length = HASH_LENGTH) => createHash('sha256').update(text).digest('hex').slice(0, length);
