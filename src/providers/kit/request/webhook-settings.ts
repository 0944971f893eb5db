/** Schemas for webhook settings and options. */
import * as z from 'zod/mini';
import { isFollowable } from '../../../transport/net/is-followable.ts';

/** The signing secret of webhooks. During a rotation there may be several, the newest first: as a list, or separated by white space. */
export function webhookSecrets(pattern: RegExp, error: string) {
  const some = z
    .string()
    .check(
      z.refine((text) => secretsOf(text).length > 0 && secretsOf(text).every((each) => pattern.test(each)), { error }),
    );
  return z.optional(z.union([some, z.readonly(z.array(some).check(z.minLength(1)))], { error }));
}

/** Splits the secrets of `webhookSecrets` into a list; empty if none is set. */
export function secretsOf(given: string | readonly string[] | undefined): readonly string[] {
  return [given ?? []].flat().flatMap((text) => text.split(/\s+/).filter((each) => each !== ''));
}

/** The URL to which the vendor sends webhooks. R21: https, with a public host name or address. */
export function webhookUrl() {
  return z
    .string()
    .check(z.maxLength(2048), z.refine(isFollowable, { error: 'must be an https address that the vendor can reach' }))
    .register(z.globalRegistry, { examples: ['https://app.example/hooks/images'] });
}
