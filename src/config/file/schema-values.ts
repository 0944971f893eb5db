/** Values that several sections of a configuration file have. */
import * as z from 'zod/mini';

export const text = (must = 'must be text', maxLength = 500) =>
  z.string({ error: must }).check(
    z.refine((given) => given.trim() !== '', { error: must }),
    z.maxLength(maxLength),
  );
export const yesOrNo = z.boolean({ error: 'must be true or false' });
export const usd = z
  .number({ error: 'must be an amount of US dollars, e.g. 2.50' })
  .check(z.minimum(0, { error: 'must be an amount of US dollars, 0 or more' }), z.maximum(1_000_000_000));
export const list = (what: string) => z.array(text(`must be ${what}`), { error: `must be a list of ${what}` });
/** A section may be empty, or hold only comments. */
export const section = <T extends z.ZodMiniType>(schema: T) => z.nullish(schema);
export const named = <T extends z.ZodMiniType>(schema: T) => z.record(text('must be a name', 100), schema);
export const variable = text('must be the name of an environment variable');
