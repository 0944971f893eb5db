/** Where a vendor may call a host: an address of the caller's that is handed on, so it is held to the rules for links. */
import * as z from 'zod/mini';
import { isFollowable } from '../../transport/index.ts';

/** R21: https, and a public host by its name or address. */
export function webhookUrl() {
  return z
    .string()
    .check(z.maxLength(2048), z.refine(isFollowable, { error: 'must be an https address that the vendor can reach' }))
    .register(z.globalRegistry, { examples: ['https://app.example/hooks/pictures'] });
}
