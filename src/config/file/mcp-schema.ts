/** The section `mcp` of a configuration file: the settings of `imagen mcp`, and of `/mcp` of `imagen serve`. */
import * as z from 'zod/mini';
import { list, section, usd } from './schema-values.ts';

const HOST = 'must be the name of a host like images.example.com, in small letters, without scheme, port and path';
const host = z.string({ error: HOST }).check(z.regex(/^[a-z0-9][a-z0-9.-]{0,252}$/, { error: HOST }));

const COUNT = 'must be a whole number from 0 to 1000000';
const LARGEST = 1_000_000;
const amount = usd.check(z.maximum(LARGEST, { error: `must be an amount of US dollars, at most ${LARGEST}` }));

export const mcp = z.strictObject({
  roots: section(list('paths of folders')),
  max_usd: z.optional(amount),
  max_images: z.optional(
    z.int({ error: COUNT }).check(z.minimum(0, { error: COUNT }), z.maximum(LARGEST, { error: COUNT })),
  ),
  confirm_above_usd: z.optional(amount),
  reference_hosts: section(z.array(host, { error: 'must be a list of names of hosts' })),
});
