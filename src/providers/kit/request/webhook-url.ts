/** Settings and options of webhooks. Where a vendor may call a host: an address of the caller's that is handed on, so it is held to the rules for links. */
import * as z from 'zod/mini';
import { isFollowable } from '../../../transport/index.ts';

/** One secret that webhooks are signed with, or several while it is changed: the newest first. In one text, white space separates them. */
export function webhookSecrets(pattern: RegExp, error: string) {
  const some = z
    .string()
    .check(
      z.refine((text) => secretsOf(text).length > 0 && secretsOf(text).every((each) => pattern.test(each)), { error }),
    );
  return z.optional(z.union([some, z.readonly(z.array(some).check(z.minLength(1)))], { error }));
}

/** @returns the secrets one by one; none where none is set */
export function secretsOf(given: string | readonly string[] | undefined): readonly string[] {
  return [given ?? []].flat().flatMap((text) => text.split(/\s+/).filter((each) => each !== ''));
}

/** R21: https, and a public host by its name or address. */
export function webhookUrl() {
  return z
    .string()
    .check(z.maxLength(2048), z.refine(isFollowable, { error: 'must be an https address that the vendor can reach' }))
    .register(z.globalRegistry, { examples: ['https://app.example/hooks/pictures'] });
}
