/** The section `serve` of a configuration file: the settings of `imagen serve`. `serve-problems.ts` checks what depends on other settings. */
import * as z from 'zod/mini';
import { list, named, section, text, usd, variable, yesOrNo } from './schema-values.ts';

/** The ranges of `createImageServer`. */
const wholeNumber = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).check(z.minimum(min, { error }), z.maximum(max, { error }));
};
const bytes = wholeNumber(1_024, 1024 ** 3);
const requestsPerMinute = wholeNumber(1, 1_000_000);

/** It is the cost center of the requests, and stands in the access log. */
const tokenName = z.string({ error: 'must be a name' }).check(
  z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    error: 'is not a valid name of a token: use at most 64 letters, digits, "-", "_" and "."',
  }),
);

const SHA256 =
  'must be the SHA-256 of a token, 64 hex digits: imagen serve --new-token NAME makes a token and its line';

/** A token that anyone has. */
const HASH_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const sha256 = z.string({ error: SHA256 }).check(
  z.regex(/^[0-9A-Fa-f]{64}$/, { error: SHA256 }),
  z.refine((hash) => hash.toLowerCase() !== HASH_OF_NOTHING, {
    error: 'is that of an empty token, which anyone has: imagen serve --new-token NAME makes a token and its line',
  }),
);

const token = z.strictObject(
  {
    name: tokenName,
    sha256: z.optional(sha256),
    env: z.optional(variable),
    profile: z.optional(text('must be the name of a profile')),
    models: z.optional(list('backends, each with or without a model').check(z.minLength(1))),
    per_day_usd: z.optional(usd.check(z.positive({ error: 'must be more than 0; to withdraw a token, remove it' }))),
    requests_per_minute: z.optional(requestsPerMinute),
  },
  { error: 'must be a group of settings, e.g. { name: ada, sha256: … }' },
);

const isOrigin = (given: string): boolean => URL.canParse(given) && new URL(given).origin === given;
const origin = z
  .string({ error: 'must be an origin' })
  .check(z.refine(isOrigin, { error: 'must be an origin like https://app.example.com, without a path' }));

/** No port: the guard compares names only. */
const hostName = z.string({ error: 'must be the name of a host' }).check(
  z.regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})$/, {
    error: 'must be the name of a host like images.example.com, without scheme, port and path',
  }),
);

const PUBLIC_URL = 'must be an address like https://images.example.com, without a query';
function isPublicUrl(given: string): boolean {
  if (!URL.canParse(given)) return false;
  const { protocol, search, hash, username, password } = new URL(given);
  return /^https?:$/.test(protocol) && `${search}${hash}${username}${password}` === '';
}

const limits = z.strictObject({
  calls_per_token: z.optional(wholeNumber(1, 10_000)),
  waiting_per_token: z.optional(wholeNumber(0, 100_000)),
  requests_per_minute: z.optional(requestsPerMinute),
  max_json_bytes: z.optional(bytes),
  max_upload_bytes: z.optional(bytes),
});

export const serve = z.strictObject({
  host: z.optional(text('must be an address of this machine, e.g. 127.0.0.1', 255)),
  port: z.optional(
    z
      .int({ error: 'must be a port, 0 to 65535' })
      .check(z.minimum(0, { error: 'must be a port, 0 to 65535' }), z.maximum(65_535)),
  ),
  tokens: section(z.array(token, { error: 'must be a list of tokens' }).check(z.maxLength(1_000))),
  aliases: section(
    z.union([z.literal(false), named(text('must be a model'))], { error: 'must be models by name, or false' }),
  ),
  hosts: section(z.array(hostName, { error: 'must be a list of names' })),
  origins: section(z.array(origin, { error: 'must be a list of origins' })),
  public_url: z.optional(z.string({ error: PUBLIC_URL }).check(z.refine(isPublicUrl, { error: PUBLIC_URL }))),
  trust_proxy: z.optional(yesOrNo),
  metrics: z.optional(yesOrNo),
  keep_alive_json: z.optional(yesOrNo),
  mcp: z.optional(yesOrNo),
  limits: section(limits),
});
